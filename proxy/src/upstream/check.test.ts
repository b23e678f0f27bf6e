import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import test, { type TestContext } from "node:test";
import { startBytes, startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { check } from "./check.ts";
import { createConnectOptions } from "./connect-options.ts";

const never = new AbortController().signal;

function ask(address: string, path: string | undefined, timeoutMs = 5000, headers: string[] = []) {
  const url = new URL(address);
  const connectOptions = createConnectOptions(url, undefined, undefined);
  const target = {
    connectOptions,
    authority: "model.internal",
    basePath: url.pathname.replace(/\/$/, ""),
    headers,
  };
  return check(target, { path, timeoutMs }, never);
}

async function startAnswering(t: TestContext, answer: RequestListener) {
  const { url } = await startUpstream(t, answer);
  return url;
}

for (const status of [200, 204, 299])
  test(`an answer with ${status} is a success`, async (t) => {
    const url = await startAnswering(t, (_, response) => void response.writeHead(status).end());
    assert.equal(await ask(url, "/ready"), undefined);
  });

for (const status of [301, 302, 304, 400, 404, 500, 503])
  test(`an answer with ${status} is a failure that says so`, async (t) => {
    const url = await startAnswering(t, (_, response) => void response.writeHead(status).end("no"));
    assert.equal(await ask(url, "/ready"), `GET /ready: answered ${status}`);
  });

test("the check is a GET below the upstream's prefix, with its Host and its headers", async (t) => {
  const seen: { method?: string; url?: string; headers?: IncomingHttpHeaders } = {};
  const url = await startAnswering(t, ({ method, url, headers }, response) => {
    Object.assign(seen, { method, url, headers });
    response.end();
  });
  await ask(`${url}/v2/models/b`, "/ready?full=1", 5000, ["authorization", "Bearer t", "x-shard", "7"]);
  assert.deepEqual([seen.method, seen.url], ["GET", "/v2/models/b/ready?full=1"]);
  assert.equal(seen.headers?.host, "model.internal");
  assert.equal(seen.headers?.authorization, "Bearer t");
  assert.equal(seen.headers?.["x-shard"], "7");
});

test("a redirect, such as one to a login, is a failure and not followed", async (t) => {
  const paths: unknown[] = [];
  const url = await startAnswering(t, (request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  assert.equal(await ask(url, "/ready"), "GET /ready: answered 302");
  assert.deepEqual(paths, ["/ready"]);
});

test("a body without end is cut off, and takes nothing away from the status", async (t) => {
  const closed = Promise.withResolvers<void>();
  const url = await startAnswering(t, (_, response) => {
    const feed = () => {
      while (response.write(Buffer.alloc(16_384)));
    };
    response.on("drain", feed).on("close", () => closed.resolve());
    feed();
  });
  assert.equal(await ask(url, "/ready"), undefined);
  await closed.promise;
});

test("a body that never comes is given up at the deadline, and takes nothing away from the status", async (t) => {
  const url = await startBytes(t, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "stay");
  assert.equal(await ask(url, "/ready", 50), undefined);
});

const failures: readonly (readonly [string, (t: TestContext) => Promise<string>, RegExp])[] = [
  ["refuses", () => unusedUrl(), /^GET \/ready: connect ECONNREFUSED/],
  ["resets", (t) => startBytes(t, "", "reset"), /^GET \/ready: (read ECONNRESET|socket hang up)/],
  ["closes", (t) => startBytes(t, "", "end"), /^GET \/ready: socket hang up/],
  ["speaks no HTTP", (t) => startBytes(t, "SSH-2.0-OpenSSH\r\n", "stay"), /^GET \/ready: Parse Error/],
  ["never answers", (t) => startBytes(t, "", "stay"), /^GET \/ready: no answer within 50 ms/],
];
for (const [what, start, message] of failures)
  test(`a service that ${what} fails the check`, async (t) => {
    assert.match((await ask(await start(t), "/ready", 50)) ?? "success", message);
  });

test("without a path a connection is enough, and it is closed at once", async (t) => {
  const closed = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("close", () => closed.resolve());
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  assert.equal(await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined), undefined);
  await closed.promise;
  assert.match((await ask(await unusedUrl(), undefined)) ?? "success", /ECONNREFUSED/);
});

test("a check nobody is interested in any more ends", async (t) => {
  const url = new URL(await startBytes(t, "", "stay"));
  const interest = new AbortController();
  const connectOptions = createConnectOptions(url, undefined, undefined);
  const target = { connectOptions, authority: url.host, basePath: "", headers: [] };
  const asked = check(target, { path: "/ready", timeoutMs: 60_000 }, interest.signal);
  interest.abort();
  await asked;
});
