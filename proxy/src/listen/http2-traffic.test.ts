import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startBytes, startUpstream } from "../../../test/support/upstream.ts";
import { createCertificate } from "./test-certificate.ts";

/** `listen.tls` with a certificate in a folder of its own; `renew` puts another one into the same files. */
async function startTls(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const renew = async (name: string) => {
    const { cert, key } = await createCertificate(name);
    await writeFile(join(folder, "proxy.crt"), cert.pem);
    await writeFile(join(folder, "proxy.key"), key.pem);
  };
  await renew("first.test");
  return { renew, yaml: `listen: { tls: { cert: ${folder}/proxy.crt, key: ${folder}/proxy.key } }` };
}

async function startPair(t: TestContext) {
  const seen: { name: string; headers: readonly string[]; body: string }[] = [];
  const service = async (name: string) => {
    const { url } = await startUpstream(t, async (incoming, response) => {
      seen.push({ name, headers: incoming.rawHeaders, body: await text(incoming) });
      response.writeHead(incoming.url === "/broken" ? 500 : 200, {
        "content-type": "text/plain",
        server: name,
      });
      response.end(name);
    });
    return url;
  };
  const tls = await startTls(t);
  const proxy = await startProxy(
    t,
    configuration({ a: await service("a"), b: await service("b") }, [50, 50], tls.yaml),
  );
  return { seen, proxy, tls };
}

function openSession(t: TestContext, port: number): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  session.on("error", () => undefined);
  return session;
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string) {
  const stream = session.request({ ":path": "/", ...headers });
  if (body !== undefined) stream.end(body);
  const answered = once(stream, "response");
  const said = text(stream);
  const [head] = (await answered) as [Record<string, string>];
  return { status: Number(head[":status"]), headers: head, body: await said };
}

async function askHttp1(port: number, headers: Record<string, string>, path = "/") {
  const call = request({ port, path, headers, agent: false, rejectUnauthorized: false }).end();
  const [response] = await once(call, "response");
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    body: await text(response),
  };
}

test("over HTTP/2 a user meets the same variant as over HTTP/1.1, with the same fields in the same order", async (t) => {
  const { proxy } = await startPair(t);
  const session = openSession(t, proxy.port);
  // Two bytes of UTF-8 each: an id must not be read differently.
  for (const id of ["alice", "bob", "carol", "\u00c3\u00a0", "\u00c5\u0081"]) {
    const first = await askHttp1(proxy.port, { "x-user-id": id });
    const second = await ask(session, { "x-user-id": id });
    assert.equal(second.body, first.body, id);
    const names = (headers: object) =>
      Object.keys(headers).filter(
        (name) => !["connection", ":status", "transfer-encoding", "keep-alive"].includes(name),
      );
    assert.deepEqual(names(second.headers), names(first.headers));
  }
});

test("over HTTP/2 a new session gets a cookie, and keeps its variant even if the cookie comes in crumbs", async (t) => {
  const { proxy, seen } = await startPair(t);
  const session = openSession(t, proxy.port);
  const first = await ask(session, {});
  const [cookie = ""] = (first.headers["set-cookie"] as unknown as string[] | undefined) ?? [];
  for (let round = 0; round < 5; round++) {
    const again = await ask(session, { cookie: ["theme=dark", cookie.split(";")[0] ?? ""] });
    assert.equal(again.body, first.body);
    assert.deepEqual(again.headers["set-cookie"], [cookie]);
  }
  const { headers } = seen.at(-1) ?? { headers: [] };
  assert.equal(headers.filter((name) => name.toLowerCase() === "cookie").length, 1);
});

test("over HTTP/2 bodies arrive whole with or without a length, and the upstream sees plain HTTP/1.1", async (t) => {
  const { proxy, seen } = await startPair(t);
  const session = openSession(t, proxy.port);
  const long = "x".repeat(200_000);
  const bodies: readonly (readonly [OutgoingHttpHeaders, string])[] = [
    [{ ":method": "POST" }, "short"],
    [{ ":method": "POST" }, long],
    [{ ":method": "PUT", "content-length": "5" }, "short"],
    [{ ":method": "POST", "content-length": String(long.length), expect: "100-continue" }, long],
    [{ ":method": "POST", "content-length": "0" }, ""],
  ];
  for (const [headers, body] of bodies) {
    assert.equal((await ask(session, { ":authority": "shop.example", ...headers }, body)).status, 200);
    const last = seen.at(-1);
    assert.equal(last?.body, body);
    const names = last.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.equal(names.filter((name) => name === "host").length, 1);
    assert.ok(names.every((name) => !name.startsWith(":")));
    assert.equal(last.headers[last.headers.indexOf("x-forwarded-proto") + 1], "https");
    assert.equal(last.headers[last.headers.indexOf("x-forwarded-host") + 1], "shop.example");
  }
});

test("over HTTP/2 what is refused, hidden or failed looks as over HTTP/1.1", async (t) => {
  const { proxy } = await startPair(t);
  const session = openSession(t, proxy.port);
  for (const [path, headers] of [
    ["/metrics", {}],
    ["/broken", { "x-user-id": "alice" }],
    ["/", { "x-user-id": "x".repeat(257) }],
  ] as const) {
    const first = await askHttp1(proxy.port, headers, path);
    const second = await ask(session, { ":path": path, ...headers });
    assert.equal(second.status, first.status);
    assert.equal(second.body, first.body);
    assert.equal(second.headers["content-type"], "application/problem+json");
  }
  const twoHosts = await ask(session, { ":authority": "a.example", host: "b.example" });
  assert.equal(twoHosts.status, 400);
  assert.equal((JSON.parse(twoHosts.body) as { code: string }).code, "ambiguous_request");
});

test("over HTTP/2 an answer that breaks off is a broken transfer, counted as 502", async (t) => {
  const tls = await startTls(t);
  const bytes = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nabc";
  const proxy = await startProxy(
    t,
    configuration({ only: await startBytes(t, bytes, "reset") }, [100], tls.yaml),
  );
  const stream = openSession(t, proxy.port).request({ ":path": "/" });
  await assert.rejects(text(stream));
  assert.equal(await proxy.metric("ab_requests_total", { status: "502", model_version: "only" }), 1);
});

test("over HTTP/2 a caller that leaves is a 499, and its upstream call ends", async (t) => {
  const tls = await startTls(t);
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, (incoming, response) => {
    incoming.resume();
    response.once("close", () => left.resolve());
    arrived.resolve();
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], tls.yaml));
  const stream = openSession(t, proxy.port).request({ ":path": "/" });
  await arrived.promise;
  stream.close(8);
  await left.promise;
  while ((await proxy.metric("ab_requests_total", { status: "499", model_version: "only" })) !== 1);
  assert.equal(await proxy.metric("ab_upstream_in_flight"), 0);
});

test("a reload takes the certificate anew", async (t) => {
  const { proxy, tls } = await startPair(t);
  const nameOf = async () => {
    const call = request({ port: proxy.port, agent: false, rejectUnauthorized: false }).end();
    const [response] = await once(call, "response");
    response.resume();
    return response.socket.getPeerCertificate().subject.CN as string;
  };
  const session = openSession(t, proxy.port);
  const before = await ask(session, { "x-user-id": "alice" });
  assert.equal(await nameOf(), "first.test");
  await tls.renew("second.test");
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal(await nameOf(), "second.test");
  assert.equal((await ask(session, { "x-user-id": "alice" })).body, before.body);
});

test("a stop loses no HTTP/2 request that is under way", async (t) => {
  const tls = await startTls(t);
  const release = Promise.withResolvers<void>();
  let arrived = 0;
  const { url } = await startUpstream(t, async (_incoming, response) => {
    arrived++;
    await release.promise;
    response.end("x".repeat(100_000));
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], tls.yaml));
  const session = openSession(t, proxy.port);
  const answers = Array.from({ length: 50 }, () => ask(session, {}));
  while (arrived < 50) await new Promise((resolve) => setImmediate(resolve));
  const goaway = once(session, "goaway");
  const stopped = proxy.stop();
  await goaway;
  release.resolve();
  for (const answer of await Promise.all(answers)) assert.equal(answer.body.length, 100_000);
  await stopped;
});
