import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startStandinWorker } from "../../../worker/evaluation/standin/worker.ts";
import { type StandinGatewayOptions, startStandinGateway } from "./standin/gateway.ts";
import { sendTraffic } from "./traffic.ts";

const SENTENCES = ["one", "two", "three"];

async function setUp(t: TestContext, extra: Partial<StandinGatewayOptions> = {}) {
  const worker = await startStandinWorker({ answer: () => "positive" });
  t.after(worker.stop);
  const gateway = await startStandinGateway({
    variants: [{ name: "a", weight: 100, url: worker.url }],
    ...extra,
  });
  t.after(gateway.stop);
  const send = (users: number, requests: number) =>
    sendTraffic({
      url: gateway.url,
      idHeader: "x-user-id",
      users,
      requests,
      concurrency: 4,
      sentences: SENTENCES,
    });
  return { worker, gateway, send };
}

test("the gateway sees exactly as many users as there are, each with its share of the requests", async (t) => {
  const { gateway, send } = await setUp(t);
  const traffic = await send(10, 43);
  assert.equal(traffic.answered, 43);
  assert.equal(gateway.users.size, 10);
  assert.equal([...gateway.users.keys()].filter((id) => id.startsWith("demo-user-")).length, 5);
  assert.deepEqual(
    [...gateway.users.values()].sort((a, b) => a - b),
    [4, 4, 4, 4, 4, 4, 4, 5, 5, 5],
  );
  assert.equal(traffic.strangers, 0);
});

test("fewer requests than users means fewer users", async (t) => {
  const { gateway, send } = await setUp(t);
  const traffic = await send(300, 7);
  assert.equal(traffic.users, 7);
  assert.equal(gateway.users.size, 7);
});

test("every sentence is sent, and a user's turns differ", async (t) => {
  const { worker, send } = await setUp(t);
  await send(1, 3);
  assert.equal(new Set(worker.texts).size, 3);
});

test("failures are counted by status", async (t) => {
  const { send } = await setUp(t, { refuse: (call) => [503, 429, 503][call] });
  const traffic = await send(2, 10);
  assert.equal(traffic.answered, 7);
  assert.deepEqual(Object.fromEntries(traffic.failures), { "HTTP 503": 2, "HTTP 429": 1 });
});

test("an answer 200 without a label is no failure, and counted", async (t) => {
  const { send } = await setUp(t, { refuse: () => 200 });
  const { answered, unlabelled, failures } = await send(1, 2);
  assert.deepEqual([answered, unlabelled, failures.size], [2, 2, 0]);
});

test("a gateway that is gone is a counted failure", async (t) => {
  const { gateway, send } = await setUp(t);
  await gateway.stop();
  assert.deepEqual([...(await send(2, 4)).failures], [["ECONNREFUSED", 4]]);
});

test("users that never get a cookie are counted", async (t) => {
  const { send } = await setUp(t, { givesCookies: false });
  assert.equal((await send(4, 8)).strangers, 2);
});
