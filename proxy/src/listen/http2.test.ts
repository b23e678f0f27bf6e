import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import {
  DATA,
  END_HEADERS,
  frame,
  HEADERS,
  openFrames,
  POST,
  RST_STREAM,
} from "../../../test/support/http2-frames.ts";
import { type RunningTraffic, startTraffic } from "../../../test/support/traffic-listener.ts";
import { createCertificate } from "./test-certificate.ts";

async function start(
  t: TestContext,
  handle: RequestListener,
  upstream = {},
): Promise<{ traffic: RunningTraffic; session: ClientHttp2Session }> {
  const tls = await createCertificate("http2.test");
  const traffic = await startTraffic(t, handle, { tls }, upstream);
  return { traffic, session: openSession(t, traffic.port) };
}

function openSession(t: TestContext, port: number): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    // Megabytes that the caller may hold itself.
    maxSessionMemory: 1000,
  });
  session.on("error", () => undefined);
  t.after(() => session.destroy());
  return session;
}

async function answerOf(stream: ClientHttp2Stream) {
  const response = once(stream, "response");
  const body = text(stream);
  const [headers] = (await response) as [Record<string, string>];
  return { status: Number(headers[":status"]), headers, body: await body };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test("a handler sees an HTTP/2 request as it would see it over HTTP/1.1", async (t) => {
  const { session } = await start(t, (request, response) => {
    const { rawHeaders, headers, method, url, httpVersion, httpVersionMajor, complete } = request;
    const seen = {
      rawHeaders,
      host: headers.host,
      method,
      url,
      httpVersion,
      httpVersionMajor,
      complete,
      chunked: headers["transfer-encoding"],
      encrypted: "encrypted" in request.socket,
      remoteAddress: request.socket.remoteAddress,
    };
    response.writeHead(200, "OK", [
      "content-type",
      "application/json",
      "set-cookie",
      "a=1",
      "set-cookie",
      "b=2",
    ]);
    response.end(JSON.stringify(seen));
  });
  const answer = await answerOf(
    session.request({
      ":path": "/a?b",
      ":authority": "example.org",
      cookie: ["x=1", "y=2"],
      "x-user-id": "\u00c3\u00a0",
    }),
  );
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"]);
  assert.deepEqual(JSON.parse(answer.body), {
    rawHeaders: ["host", "example.org", "cookie", "x=1; y=2", "x-user-id", "\u00c3\u00a0"],
    host: "example.org",
    method: "GET",
    url: "/a?b",
    httpVersion: "2.0",
    httpVersionMajor: 2,
    complete: true,
    encrypted: true,
    remoteAddress: "127.0.0.1",
  });
});

test("an :authority and a Host that differ show as two Hosts, equal ones as one", async (t) => {
  const { session } = await start(
    t,
    (request, response) => void response.end(JSON.stringify(request.rawHeaders)),
  );
  const ask = async (host: string) => {
    const answer = await answerOf(session.request({ ":path": "/", ":authority": "a.example", host }));
    return JSON.parse(answer.body) as string[];
  };
  assert.deepEqual(await ask("a.example"), ["host", "a.example"]);
  assert.deepEqual(await ask("b.example"), ["host", "a.example", "host", "b.example"]);
});

test("bodies stream both ways, with and without a length, and 1,000 requests share one connection", async (t) => {
  const { session, traffic } = await start(t, (request, response) => {
    response.writeHead(200, "OK", [
      "connection",
      "close",
      "x-length",
      request.headers["content-length"] ?? "none",
    ]);
    request.pipe(response);
  });
  // Before it knows the limit of streams, node's client sends them all, and most are refused.
  await once(session, "remoteSettings");
  const one = session.request({ ":path": "/", ":method": "POST" });
  one.write("first");
  assert.equal(String((await once(one, "data"))[0]), "first");
  one.end("second");
  assert.equal(await text(one), "second");
  const bodies = await Promise.all(
    Array.from({ length: 1000 }, async (_, index) => {
      const stream = session.request({ ":path": `/${index}`, ":method": "POST", "content-length": 70_000 });
      stream.end(Buffer.alloc(70_000, String(index % 10)));
      const { body, headers } = await answerOf(stream);
      assert.equal(headers["x-length"], "70000");
      assert.equal(headers.connection, undefined);
      return body.length === 70_000 && body[5] === String(index % 10);
    }),
  );
  assert.ok(bodies.every(Boolean));
  assert.equal(traffic.open.value, 1);
});

test("a caller that resets its stream within the body is never taken for one that ended it", async (t) => {
  const seen: string[] = [];
  const { traffic } = await start(t, (request, response) => {
    request.once("data", () => seen.push("data"));
    request.once("end", () => seen.push("end"));
    request.once("close", () => seen.push(`complete=${request.complete}`));
    response.once("close", () => seen.push(`finished=${response.writableFinished}`));
  });
  for (const code of [constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_CANCEL]) {
    seen.length = 0;
    const socket = await openFrames(t, traffic.port);
    socket.write(frame(HEADERS, END_HEADERS, 1, POST));
    socket.write(frame(DATA, 0, 1, Buffer.from("abc")));
    await until(() => seen.length === 1);
    socket.write(frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, code])));
    await until(() => seen.length >= 3);
    assert.deepEqual(new Set(seen), new Set(["data", "complete=false", "finished=false"]));
  }
});

test("a handler that breaks off shows as a broken transfer", async (t) => {
  const { session } = await start(t, (_request, response) => {
    response.writeHead(200, "OK", []);
    response.write("half");
    response.once("drain", () => undefined);
    setImmediate(() => response.destroy());
  });
  const stream = session.request({ ":path": "/" });
  await assert.rejects(text(stream));
  assert.equal(stream.rstCode, constants.NGHTTP2_INTERNAL_ERROR);
});

test("HEAD, 204 and an answer before the end of the body are whole answers", async (t) => {
  const closed: string[] = [];
  const { session } = await start(t, (request, response) => {
    response.once("close", () => closed.push(`${request.method} ${response.writableFinished}`));
    response.writeHead(request.method === "DELETE" ? 204 : 200, "OK", ["content-type", "text/plain"]);
    response.end(request.method === "PUT" ? "no, thanks" : undefined);
  });
  assert.equal((await answerOf(session.request({ ":path": "/", ":method": "HEAD" }))).status, 200);
  assert.equal((await answerOf(session.request({ ":path": "/", ":method": "DELETE" }))).status, 204);
  const upload = session.request({ ":path": "/", ":method": "PUT" });
  upload.write("never ended");
  assert.equal((await answerOf(upload)).body, "no, thanks");
  await until(() => closed.length === 3);
  assert.deepEqual(closed, ["HEAD true", "DELETE true", "PUT true"]);
});

test("100 Continue is the handler's to send", async (t) => {
  const { session } = await start(t, (request, response) => {
    if (request.url === "/wanted") response.writeContinue();
    request.resume();
    response.end("done");
  });
  for (const [path, expected] of [
    ["/wanted", 1],
    ["/unwanted", 0],
  ] as const) {
    const stream = session.request({ ":path": path, ":method": "POST", expect: "100-continue" });
    let continues = 0;
    stream.on("continue", () => continues++);
    stream.end("x");
    assert.equal((await answerOf(stream)).body, "done");
    assert.equal(continues, expected, path);
  }
});

test("headers above the limit are refused in our words, far above it the stream is reset; the connection stays", async (t) => {
  const { session, traffic } = await start(t, (_request, response) => void response.end("ok"));
  const refused = await answerOf(session.request({ ":path": "/", "x-large": "x".repeat(33 * 1024) }));
  assert.equal(refused.status, 431);
  assert.equal((JSON.parse(refused.body) as { code: string }).code, "headers_too_large");
  const many: Record<string, string> = {};
  for (let index = 0; index < 40; index++) many[`x-large-${index}`] = "x".repeat(1600);
  const reset = session.request({ ":path": "/", ...many });
  await once(reset, "error");
  assert.equal((await answerOf(session.request({ ":path": "/" }))).body, "ok");
  assert.deepEqual(traffic.refused, ["headers_too_large"]);
});

test("CONNECT is refused in our words", async (t) => {
  const { session, traffic } = await start(t, (_request, response) => void response.end("ok"));
  const answer = await answerOf(session.request({ ":method": "CONNECT", ":authority": "example.org:443" }));
  assert.equal(answer.status, 405);
  assert.deepEqual(traffic.refused, ["method_not_allowed"]);
});

test("a request whose caller neither sends nor reads is cut off after the silence limit, others go on", async (t) => {
  const { session, traffic } = await start(
    t,
    (request, response) => {
      if (request.method === "POST") request.resume();
      else response.end("ok");
    },
    { firstByteTimeoutMs: 20, idleTimeoutMs: 30 },
  );
  const silent = session.request({ ":path": "/", ":method": "POST" });
  silent.on("error", () => undefined);
  silent.write("x");
  await once(silent, "close");
  assert.equal(silent.rstCode, constants.NGHTTP2_CANCEL);
  assert.equal((await answerOf(session.request({ ":path": "/" }))).body, "ok");
  assert.deepEqual(traffic.refused, ["silent"]);
});

test("a drain says GOAWAY and loses nothing that is under way", async (t) => {
  const release = Promise.withResolvers<void>();
  let arrived = 0;
  const body = "x".repeat(500_000);
  const { session, traffic } = await start(t, async (_request, response) => {
    arrived++;
    await release.promise;
    response.end(body);
  });
  const answers = Array.from({ length: 100 }, (_, index) =>
    answerOf(session.request({ ":path": `/${index}` })),
  );
  await until(() => arrived === 100);
  const goaway = once(session, "goaway");
  const drained = traffic.listener.drain(600_000);
  await goaway;
  release.resolve();
  for (const answer of await Promise.all(answers)) assert.equal(answer.body.length, body.length);
  await drained;
  await until(() => traffic.open.value === 0);
});

test("a drain ends HTTP/2 requests that are still under way at its deadline", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { session, traffic } = await start(t, () => arrived.resolve());
  const stream = session.request({ ":path": "/" });
  stream.on("error", () => undefined);
  await arrived.promise;
  await traffic.listener.drain(50);
  await until(() => traffic.open.value === 0);
});
