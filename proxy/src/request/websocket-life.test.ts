import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { exchangeRaw } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { codeOf, handshake, open, startPair, startService, until } from "./test-websockets.ts";

test("when the service goes, the caller's connection closes; when the caller goes, the service's does", async (t) => {
  const service = await startService(t, "only");
  const proxy = await startProxy(t, configuration({ only: service.url }, [100]));
  const first = await open(t, proxy);
  const closed = once(first.socket, "close");
  for (const socket of service.open) socket.terminate();
  await closed;
  const second = await open(t, proxy);
  assert.equal(service.open.size, 1);
  second.socket.terminate();
  await until(() => service.open.size === 0);
  await until(async () => (await proxy.metric("ab_websockets_open", { model_version: "only" })) === 0);
  assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "only" }), 0);
});

test("the end of a conversation arrives whole: a last message and the close frame behind it", async (t) => {
  const service = await startService(t, "only");
  const proxy = await startProxy(t, configuration({ only: service.url }, [100]));
  const { socket } = await open(t, proxy);
  const last = Buffer.alloc(5 * 1024 * 1024, "z");
  const heard = once(socket, "message");
  for (const served of service.open) {
    served.send(last);
    served.close(4321, "done");
  }
  assert.equal(((await heard)[0] as Buffer).length, last.length);
  const [code, reason] = await once(socket, "close");
  assert.equal(code, 4321);
  assert.equal(String(reason), "done");
});

test("an open WebSocket counts as exposure, holds a place, and counts as a 101 when it closes", async (t) => {
  const service = await startService(t, "only");
  const proxy = await startProxy(
    t,
    configuration({ only: service.url }, [100], "upstream: { max_in_flight: 1 }"),
  );
  const { socket } = await open(t, proxy, { "x-user-id": "alice" });
  const only = { model_version: "only" };
  assert.equal(await proxy.metric("ab_websockets_open", only), 1);
  assert.equal(await proxy.metric("ab_bucket_requests_total", only), 1);
  assert.equal(await proxy.metric("ab_upstream_in_flight", only), 1);
  assert.equal(await proxy.metric("ab_requests_total"), 0);
  const refused = await exchangeRaw(proxy.port, handshake("/"));
  assert.equal(refused.status, 503);
  assert.equal(codeOf(refused.body), "too_many_in_flight");
  socket.close();
  await until(async () => (await proxy.metric("ab_requests_total", { ...only, status: "101" })) === 1);
  assert.equal(await proxy.metric("ab_websockets_open", only), 0);
  assert.equal(await proxy.metric("ab_upstream_in_flight", only), 0);
});

test("an idle WebSocket outlives the silence limit and every deadline of plain requests", async (t) => {
  const service = await startService(t, "only");
  const more = "upstream: { first_byte_timeout: 20ms, idle_timeout: 20ms, total_timeout: 40ms }";
  const proxy = await startProxy(t, configuration({ only: service.url }, [100], more));
  const { socket } = await open(t, proxy);
  // As long as a plain request may take, several times over.
  for (let round = 0; round < 5; round++) assert.equal((await fetch(`${proxy.url}/slow`)).status, 504);
  socket.send("still here");
  assert.equal(String((await once(socket, "message"))[0]), "still here");
});

test("a reload keeps open WebSockets until its deadline, and new ones follow the new weights", async (t) => {
  const { a, b, proxy } = await startPair(t);
  const old = await open(t, proxy, { "x-user-id": "alice" });
  const [first, second] = old.variant === "a" ? [0, 100] : [100, 0];
  await proxy.write(configuration({ a: a.url, b: b.url }, [first, second]));
  assert.equal((await proxy.reload()).result, "swapped");
  old.socket.send("still here");
  assert.equal(String((await once(old.socket, "message"))[0]), "still here");
  assert.notEqual((await open(t, proxy, { "x-user-id": "alice" })).variant, old.variant);
  assert.equal(await proxy.metric("ab_generations"), 2);

  const closed = once(old.socket, "close");
  old.socket.terminate();
  await closed;
  await until(async () => (await proxy.metric("ab_generations")) === 1);
});

test("WebSockets of a replaced configuration are ended at its deadline", async (t) => {
  const { a, b, proxy } = await startPair(t);
  const { socket } = await open(t, proxy);
  const closed = once(socket, "close");
  await proxy.write(configuration({ a: a.url, b: b.url }, [40, 60]), "deadline: 1s");
  assert.equal((await proxy.reload()).result, "swapped");
  await closed;
  await until(async () => (await proxy.metric("ab_generations")) === 1);
  assert.equal(await proxy.metric("ab_generations_expired_total"), 1);
});

test("a stop waits for WebSockets until the deadline, then ends them", async (t) => {
  const { proxy } = await startPair(t, "shutdown: { deadline: 100ms }");
  const { socket } = await open(t, proxy);
  const closed = once(socket, "close");
  await proxy.stop();
  await closed;
});
