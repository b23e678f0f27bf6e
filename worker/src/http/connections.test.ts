import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer, testContract } from "../testing/bare-server.ts";
import { until } from "../testing/until.ts";

/** More than the buffers of both sockets hold, so that it is under way while its caller does not read. */
const large = () =>
  answeredText({ prediction: { label: "x".repeat(40 * 1024 * 1024), score: 0.5, scores: [] } });
const UNREAD_MS = 300;

test("an answer that its caller does not read ends with its connection, and counts as 499", async (t) => {
  const connections = { unreadMs: UNREAD_MS };
  const { counted, dropped, post } = await bareServer(t, async () => [large()], testContract(), connections);
  const socket = post('{"text":"a"}');
  await until(() => counted.length === 1);
  assert.deepEqual([counted, dropped], [[499], ["unread"]]);
  await once(socket.resume(), "close");
});

test("waiting for the model is not taken for a caller who does not read", async (t) => {
  const timedOut = Promise.withResolvers<void>();
  const onRequest = (message: unknown) => {
    (message as { socket: Socket }).socket.once("timeout", timedOut.resolve);
  };
  subscribe("http.server.request.start", onRequest);
  t.after(() => unsubscribe("http.server.request.start", onRequest));
  const predict = async () => {
    await timedOut.promise;
    return [answeredText()];
  };
  const connections = { unreadMs: UNREAD_MS };
  const { counted, dropped, post } = await bareServer(t, predict, testContract(), connections);
  post('{"text":"a"}').resume();
  await until(() => counted.length === 1);
  assert.deepEqual([counted, dropped], [[200], []]);
});
