import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { generate } from "selfsigned";
import { startBytes } from "../../../test/support/upstream.ts";
import { addressTo, createUpstreamProcess, send } from "../../../test/support/variant-upstreams.ts";
import type { UpstreamTls } from "../config/config.ts";
import { check } from "./check.ts";
import type { Upstream } from "./upstream.ts";

const never = new AbortController().signal;

async function createAuthority() {
  const attributes = [{ name: "commonName", value: "private authority" }];
  const ca = await generate(attributes, {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
  const issue = (name: string) =>
    generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
    });
  return { cert: ca.cert, issue };
}

const pem = (text: string) => ({ file: "some.pem", pem: text });
const NOTHING: UpstreamTls = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
  verify: true,
};

/** A service `model.internal` that wants client certificates of the same authority. */
async function startTls(t: TestContext) {
  const authority = await createAuthority();
  const own = await authority.issue("model.internal");
  const client = await authority.issue("gateway");
  const names: unknown[] = [];
  const server = createServer(
    { key: own.private, cert: own.cert, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      names.push(socket.servername);
      response.end(`${request.headers.host} for ${socket.getPeerCertificate().subject.CN}`);
    },
  );
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const trusting: UpstreamTls = {
    ...NOTHING,
    ca: pem(authority.cert),
    cert: pem(client.cert),
    key: pem(client.private),
    serverName: "model.internal",
  };
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, names, trusting };
}

function connectTo(t: TestContext, url: string, tls: UpstreamTls | undefined, host?: string): Upstream {
  const [upstream] = createUpstreamProcess(t).publish([addressTo(url, { tls, host })]).all;
  return upstream ?? assert.fail("there is one");
}

const askBoth = async (upstream: Upstream) => ({
  get: await check(upstream, { path: "/", timeoutMs: 5000 }, never),
  connection: await check(upstream, { path: undefined, timeoutMs: 5000 }, never),
});

test("a private authority, a client certificate and the server's name lead to the service, for requests and checks", async (t) => {
  const { url, names, trusting } = await startTls(t);
  const upstream = connectTo(t, url, trusting, "other-host.internal");
  const { text } = await send(upstream);
  assert.equal(text, "other-host.internal for gateway");
  assert.deepEqual(await askBoth(upstream), { get: undefined, connection: undefined });
  assert.deepEqual(new Set(names), new Set(["model.internal"]));
});

test("the Host field does not change which name is asked for and looked for in the certificate", async (t) => {
  const { url, trusting } = await startTls(t);
  const upstream = connectTo(t, url, { ...trusting, serverName: undefined }, "model.internal");
  await assert.rejects(send(upstream), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const { get, connection } = await askBoth(upstream);
  assert.match(`${get} ${connection}`, /altnames.*altnames/);
});

test("an unknown authority is refused unless verification is off", async (t) => {
  const { url, trusting } = await startTls(t);
  await assert.rejects(send(connectTo(t, url, { ...trusting, ca: undefined })));
  const { status } = await send(connectTo(t, url, { ...trusting, ca: undefined, verify: false }));
  assert.equal(status, 200);
});

test("without the client certificate neither a request nor the check of a path succeeds", async (t) => {
  const { url, trusting } = await startTls(t);
  const upstream = connectTo(t, url, { ...trusting, cert: undefined, key: undefined });
  await assert.rejects(send(upstream));
  assert.notEqual((await askBoth(upstream)).get, undefined);
});

test("a port that is open but speaks no TLS fails the check of a connection", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 400 Bad Request\r\n\r\n", "end");
  const upstream = connectTo(t, url.replace("http:", "https:"), undefined);
  assert.notEqual((await askBoth(upstream)).connection, undefined);
});
