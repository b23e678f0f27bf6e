import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import test from "node:test";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

async function start(t: Parameters<typeof startProxy>[0], more = "") {
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().once("end", () => response.end("ok"));
  });
  return startProxy(t, configuration({ only: url }, [100], more));
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test("CONNECT followed by a reset does not end the process", async (t) => {
  const proxy = await start(t);
  for (let round = 0; round < 20; round++) {
    const socket = await open(proxy.port);
    socket.write("CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n", () =>
      socket.resetAndDestroy(),
    );
    await once(socket, "close");
  }
  assert.equal((await fetch(proxy.url)).status, 200);
});

test("CONNECT by a caller that keeps its half open does not keep the proxy from stopping", async (t) => {
  const proxy = await start(t, "shutdown: { deadline: 50ms }");
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  socket.write("CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n");
  await once(socket, "data");
  await proxy.stop();
});

test("half-open slowloris: a refused caller that never closes is closed", async (t) => {
  const proxy = await start(t);
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined).resume();
  socket.write("nonsense\r\n\r\n");
  await once(socket, "end");
  // The other side is gone when writing is answered by a reset.
  const timer = setInterval(() => socket.write("x"), 20);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(timer);
});

test("a connection that never says anything is no request", async (t) => {
  const proxy = await start(t);
  const socket = await open(proxy.port);
  socket.end();
  await once(socket, "close");
  assert.equal(await proxy.metric("ab_requests_total"), 0);
  assert.equal(await proxy.metric("ab_refusals_total"), 0);
});

test("a caller who leaves within its body is counted once, as 499", async (t) => {
  const proxy = await start(t);
  const heads = [
    "content-length: 100000\r\n\r\nabc",
    "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "content-length: 9\r\n\r\nabc",
  ];
  for (const [round, head] of heads.entries()) {
    const socket = await open(proxy.port);
    socket.end(`POST / HTTP/1.1\r\nhost: a\r\n${head}`);
    socket.resume();
    await once(socket, "close");
    while (((await proxy.metric("ab_requests_total")) ?? 0) < round + 1);
    assert.equal(
      await proxy.metric("ab_requests_total", { status: "499", model_version: "only" }),
      round + 1,
    );
    assert.equal(await proxy.metric("ab_requests_total"), round + 1);
    assert.equal(await proxy.metric("ab_refusals_total"), 0);
  }
});

test("a malformed chunk is answered 400 and counted once", async (t) => {
  const proxy = await start(t);
  const answer = await exchangeRaw(
    proxy.port,
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nXYZ\r\n",
  );
  assert.equal(answer.status, 400);
  assert.equal(await proxy.metric("ab_requests_total", { status: "400", model_version: "only" }), 1);
  assert.equal(await proxy.metric("ab_requests_total"), 1);
});

test("a whole request followed by garbage gets its answer, and the garbage none", async (t) => {
  const proxy = await start(t);
  const answer = await exchangeRaw(
    proxy.port,
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhiGARBAGE\r\n\r\n",
  );
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.body.includes("ok"));
  assert.equal(await proxy.metric("ab_requests_total", { status: "200" }), 1);
  assert.equal(await proxy.metric("ab_requests_total"), 1);
});

test("what node would answer in its own words is answered in ours", async (t) => {
  const proxy = await start(t);
  const noHost = await exchangeRaw(proxy.port, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n");
  assert.equal(noHost.status, 400);
  assert.equal((JSON.parse(noHost.body) as { code: string }).code, "ambiguous_request");
  assert.equal((await exchangeRaw(proxy.port, rawRequest("GET", "/", { expect: "miracles" }))).status, 200);
});

test("requests behind one that is refused with a close are never served", async (t) => {
  const seen: string[] = [];
  const { url } = await startUpstream(t, (request, response) => {
    seen.push(request.url ?? "");
    response.end("ok");
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100]));
  const smuggled = "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
  const twoHosts = "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n";
  // A connection to the upstream is there already: nothing has to wait for one.
  for (let round = 0; round < 3; round++) await (await fetch(`${proxy.url}/warm`)).text();
  await exchangeRaw(proxy.port, twoHosts + smuggled + smuggled);
  await exchangeRaw(proxy.port, `GET /first HTTP/1.1\r\nhost: a\r\n\r\n${twoHosts}${smuggled}${smuggled}`);
  await exchangeRaw(proxy.port, `GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n${smuggled}`);
  const kept = await open(proxy.port);
  kept.write("GET /one HTTP/1.1\r\nhost: a\r\n\r\nGET /two HTTP/1.1\r\nhost: a\r\n\r\n");
  let answered = "";
  kept.on("data", (bytes) => {
    answered += String(bytes);
  });
  while (answered.split("HTTP/1.1 200").length < 3) await once(kept, "data");
  kept.write(twoHosts + smuggled);
  await once(kept, "close");
  await (await fetch(`${proxy.url}/end`)).text();
  assert.deepEqual(
    seen.filter((path) => path !== "/warm"),
    ["/first", "/last", "/one", "/two", "/end"],
  );
});
