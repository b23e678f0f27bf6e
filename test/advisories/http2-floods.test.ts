import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { createCertificate } from "../../proxy/src/listen/test-certificate.ts";
import {
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  frame,
  GET,
  HEADERS,
  openFrames,
  PING,
  RST_STREAM,
  SETTINGS,
} from "../support/http2-frames.ts";
import { startTraffic } from "../support/traffic-listener.ts";

async function start(t: TestContext) {
  const tls = await createCertificate("floods.test");
  let underWay = 0;
  let handled = 0;
  const traffic = await startTraffic(
    t,
    (_request, response) => {
      handled++;
      underWay++;
      response.once("close", () => underWay--);
      setImmediate(() => response.end("ok"));
    },
    { tls },
  );
  return { traffic, handled: () => handled, underWay: () => underWay };
}

/** Sends until the proxy ends the connection, at most `limit` times; says how often. */
async function flood(socket: TLSSocket, limit: number, next: (round: number) => Buffer): Promise<number> {
  let isOver = false;
  socket.resume().once("close", () => {
    isOver = true;
  });
  socket.once("end", () => {
    isOver = true;
  });
  let round = 0;
  for (; round < limit && !isOver; round++) {
    socket.write(next(round));
    if (round % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  if (isOver) return round;
  await once(socket, "close");
  return limit;
}

async function assertServes(t: TestContext, port: number): Promise<void> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  assert.equal(await text(session.request({ ":path": "/" })), "ok");
}

test("rapid reset (CVE-2023-44487): a caller that resets what it asks for is cut off, others are served", async (t) => {
  const { traffic, underWay, handled } = await start(t);
  const socket = await openFrames(t, traffic.port);
  await flood(socket, 20_000, (round) => {
    const stream = 2 * round + 1;
    const reset = frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, 8]));
    return Buffer.concat([frame(HEADERS, END_HEADERS | END_STREAM, stream, GET), reset]);
  });
  assert.ok(handled() < 20_000, `${handled()} requests were handled`);
  await assertServes(t, traffic.port);
  while (underWay() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("CONTINUATION flood (CVE-2024-27316): headers without an end are cut off", async (t) => {
  const { traffic, handled } = await start(t);
  const socket = await openFrames(t, traffic.port);
  socket.write(frame(HEADERS, 0, 1, GET));
  // A field of 1 KiB each: literal, never indexed, name "x".
  const field = Buffer.concat([Buffer.from([0x10, 1, 0x78, 0x7f, 0xe1, 0x06]), Buffer.alloc(960, "y")]);
  await flood(socket, 20_000, () => frame(CONTINUATION, 0, 1, field));
  assert.equal(handled(), 0);
  await assertServes(t, traffic.port);
});

test("settings flood (CVE-2019-9515) and ping flood (CVE-2019-9512): others are served meanwhile", async (t) => {
  const { traffic } = await start(t);
  for (const noise of [frame(SETTINGS, 0, 0), frame(PING, 0, 0, Buffer.alloc(8))]) {
    const socket = await openFrames(t, traffic.port);
    // Never read: the answers queue up on the proxy's side.
    socket.pause();
    for (let round = 0; round < 20_000; round++) socket.write(noise);
    await assertServes(t, traffic.port);
    socket.destroy();
  }
});

test("a caller that opens streams beyond the limit is refused them, and cut off if it goes on", async (t) => {
  const tls = await createCertificate("streams.test");
  let underWay = 0;
  const traffic = await startTraffic(
    t,
    (_request, response) => {
      underWay++;
      response.once("close", () => underWay--);
    },
    { tls },
  );
  const socket = await openFrames(t, traffic.port);
  let most = 0;
  await flood(socket, 20_000, (round) => {
    most = Math.max(most, underWay);
    return frame(HEADERS, END_HEADERS | END_STREAM, 2 * round + 1, GET);
  });
  assert.ok(most <= 128, `${most} at once`);
  while (underWay > 0) await new Promise((resolve) => setImmediate(resolve));
});
