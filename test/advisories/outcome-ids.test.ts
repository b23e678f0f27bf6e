import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { askForToken, report } from "../support/outcome-caller.ts";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

async function startGateway(t: TestContext, more = ""): Promise<RunningProxy> {
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  const settings = `secrets: the-secret-of-these-tests, allowed: [converted, { name: revenue, min: 0, max: 10 }]${more}`;
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], `outcomes: { ${settings} }`));
}

test("nobody without a key makes several outcomes of one token by ids of its own", async (t) => {
  const proxy = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  const outcomes = Array.from({ length: 1000 }, (_, index) => ({
    ...{ token, outcome: "revenue", value: 10 },
    ...(index === 0 ? {} : { id: `order-${index}` }),
  }));
  const { text } = await report(proxy.url, { outcomes });
  const { results } = JSON.parse(text) as { results: { status: number; code?: string }[] };
  assert.equal(results[0]?.status, 202);
  assert.deepEqual(new Set(results.slice(1).map(({ code }) => code)), new Set(["outcome_id_not_allowed"]));
  assert.equal(await proxy.metric("ab_bucket_outcome_value_total"), 10);
});

test("the ids of one caller use up nobody else's, and make no second conversion", async (t) => {
  const key = "the-key-for-reporting-here";
  const proxy = await startGateway(t, `, key: ${key}`);
  const authorization = `Bearer ${key}`;
  for (const user of ["user-1", "user-2"]) {
    const token = await askForToken(proxy.url, user);
    const body = { token, outcome: "revenue", value: user === "user-1" ? 1 : 2, id: "order-1" };
    assert.equal((await report(proxy.url, body, { authorization })).status, 202);
    for (const id of ["a", "b", "c"])
      assert.equal(
        (await report(proxy.url, { token, outcome: "converted", id }, { authorization })).status,
        202,
      );
  }
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "converted" }), 2);
  assert.equal(await proxy.metric("ab_bucket_outcome_value_total"), 3);
});
