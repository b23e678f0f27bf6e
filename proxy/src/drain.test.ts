import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { listen } from "../../test/support/listen.ts";
import { createDrain } from "./drain.ts";

test("an answer that is written but not yet read arrives whole while the server drains", async () => {
  const body = Buffer.alloc(32 * 1024 * 1024, "x");
  const { server, url } = await listen((_request, response) => void response.end(body));
  const drain = createDrain(server);
  const port = Number(new URL(url).port);
  const caller = connect(port, "127.0.0.1");
  const idle = connect(port, "127.0.0.1");
  caller.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await once(caller, "readable");
  const drained = drain(600_000);
  let received = 0;
  for await (const chunk of caller) received += (chunk as Buffer).length;
  assert.ok(received > body.length, `${received} bytes`);
  await drained;
  idle.destroy();
});

test("idle connections are closed at once, busy ones at the deadline", async () => {
  const { server, url } = await listen(() => undefined);
  const drain = createDrain(server);
  const port = Number(new URL(url).port);
  const idle = connect(port, "127.0.0.1");
  const busy = connect(port, "127.0.0.1");
  busy.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await once(server, "request");
  const order: string[] = [];
  idle.resume().once("close", () => order.push("idle"));
  busy.resume().once("close", () => order.push("busy"));
  await drain(200);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(order[0], "idle");
});
