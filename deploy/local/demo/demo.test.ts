import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startStandinWorker } from "../../../worker/evaluation/standin/worker.ts";
import { runDemo } from "./demo.ts";
import { type StandinGatewayOptions, startStandinGateway } from "./standin/gateway.ts";

async function setUp(t: TestContext, names: readonly string[], extra: Partial<StandinGatewayOptions> = {}) {
  const workers = await Promise.all(
    names.map((name, index) =>
      startStandinWorker({ name, answer: () => "positive", inferenceSeconds: 0.001 * (index + 1) }),
    ),
  );
  for (const worker of workers) t.after(worker.stop);
  const weight = Math.floor(100 / names.length);
  const variants = names.map((name, index) => ({ name, weight, url: workers[index]?.url ?? "" }));
  const gateway = await startStandinGateway({ variants, ...extra });
  t.after(gateway.stop);
  const run = () =>
    runDemo({
      url: gateway.url,
      admin: gateway.admin,
      users: 12,
      requests: 60,
      concurrency: 3,
      sentences: ["a", "b"],
    });
  return { workers, gateway, run };
}

test("the table is about this demo only, also at the second run", async (t) => {
  const { run } = await setUp(t, ["a", "b"]);
  await run();
  const { columns, traffic, unread, shared } = await run();
  assert.equal(traffic.answered, 60);
  assert.equal(
    columns.reduce((sum, column) => sum + (column.figures?.requests ?? 0), 0),
    60,
  );
  assert.deepEqual(
    columns.map((column) => column.figures?.mean?.toFixed(6)),
    ["0.001000", "0.002000"],
  );
  assert.deepEqual([unread, shared], [[], []]);
});

test("three variants are three columns in file order", async (t) => {
  const { run } = await setUp(t, ["c", "a", "b"]);
  assert.deepEqual(
    (await run()).columns.map((column) => column.name),
    ["c", "a", "b"],
  );
});

test("errors of the gateway are counted with the variant they belong to", async (t) => {
  const { run } = await setUp(t, ["a"], { refuse: (call) => (call < 4 ? 502 : undefined) });
  const { columns, traffic } = await run();
  assert.equal(columns[0]?.gateway?.errors, 4);
  assert.equal(columns[0]?.figures?.errors, 0);
  assert.equal(traffic.failures.get("HTTP 502"), 4);
});

test("a worker that is down has no figures and is named", async (t) => {
  const { run, workers } = await setUp(t, ["a", "b"]);
  await workers[1]?.stop();
  const { columns, unread, traffic } = await run();
  assert.equal(columns[1]?.figures, null);
  assert.deepEqual(unread, [workers[1]?.url]);
  assert.ok(traffic.failures.size > 0);
});

test("two variants on one worker are said to be indistinguishable", async (t) => {
  const worker = await startStandinWorker({ answer: () => "positive" });
  t.after(worker.stop);
  const variants = ["a", "b"].map((name) => ({ name, weight: 50, url: worker.url }));
  const gateway = await startStandinGateway({ variants });
  t.after(gateway.stop);
  const { url, admin } = gateway;
  const demo = await runDemo({ url, admin, users: 2, requests: 4, concurrency: 1, sentences: ["x"] });
  assert.deepEqual(demo.shared, ["a", "b"]);
});

test("a gateway that is not running is one line with the remedy", async (t) => {
  const { run, gateway } = await setUp(t, ["a"]);
  await gateway.stop();
  await assert.rejects(run(), (error: Error) => {
    assert.match(
      error.message,
      /does not answer at http:.* \(ECONNREFUSED\): run `npm start` in another terminal/,
    );
    return !error.message.includes("\n");
  });
});

test("an admin listener that is something else is refused before any traffic", async (t) => {
  const { run, gateway } = await setUp(t, ["a"], { config: { hello: "world" } });
  await assert.rejects(run(), { code: "admin_unexpected" });
  assert.equal(gateway.users.size, 0);
});
