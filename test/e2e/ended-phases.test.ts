import assert from "node:assert/strict";
import test from "node:test";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const HOUR = 3_600_000;

test("counts of phases, strata and experiments that ended can be read for outcomes.max_age, and then go", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("{}"));
  const clock = { now: Date.UTC(2027, 0, 1) };
  const write = (weights: readonly number[], phase = 1, name = "test") =>
    configuration(
      { a: url, b: url },
      weights,
      "outcomes: { secrets: sixteen-characters-and-more, max_age: 2h }",
    ).replace("name: test", `name: ${name}, phase: ${phase}`);
  const proxy = await startProxy(t, write([50, 50]), false, () => clock.now);
  const run = async (yaml: string) => {
    await proxy.write(yaml, "deadline: 1h");
    assert.equal((await proxy.reload()).result, "swapped");
  };
  const exposures = (labels: Record<string, string>) => proxy.metric("ab_bucket_requests_total", labels);
  const ask = async () => (await fetch(proxy.url, { headers: { "x-user-id": "alice" } })).text();
  await ask();
  await run(write([90, 10], 1));
  await ask();
  clock.now += HOUR;
  await run(write([90, 10], 2));
  await ask();
  assert.equal(await exposures({ phase: "1", stratum: "50/50" }), 1);
  assert.equal(await exposures({ phase: "1", stratum: "90/10" }), 1);
  assert.equal(await proxy.metric("ab_assignments_total", { phase: "1", assignment: "hashed" }), 2);

  clock.now += 2 * HOUR;
  await run(write([80, 20], 2));
  // The stratum ended three hours ago, its phase two: a token of the replaced generation may be an hour younger.
  assert.equal(await exposures({ phase: "1", stratum: "50/50" }), undefined);
  assert.equal(await exposures({ phase: "1", stratum: "90/10" }), 1);
  clock.now += HOUR;
  await run(write([80, 20], 1, "next"));
  assert.equal(await exposures({ phase: "1", experiment: "test" }), undefined);
  assert.equal(
    await proxy.metric("ab_expected_assignments_total", { phase: "1", experiment: "test" }),
    undefined,
  );
  assert.equal(await exposures({ phase: "2", experiment: "test" }), 1);
  assert.equal(await proxy.metric("ab_requests_total", { experiment: "test", status: "200" }), 3);
  clock.now += 3 * HOUR;
  await run(write([50, 50], 1, "next"));
  for (const name of ["ab_bucket_requests_total", "ab_assignments_total", "ab_requests_total"])
    assert.equal(await proxy.metric(name, { experiment: "test" }), undefined, name);
  assert.equal(await exposures({ experiment: "next" }), 0);
});
