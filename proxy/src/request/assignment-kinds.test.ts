import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { signForceToken } from "../../../proxy/src/identity/force.ts";
import { report } from "../../../test/support/outcome-caller.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";

const SECRET = "a secret of enough letters";
const EXPERIMENT = "test";

async function startNamed(t: TestContext, name: string): Promise<string> {
  return (await startUpstream(t, (_request, response) => void response.end(name))).url;
}

/** alice falls into bucket 5, so that she belongs to `a`. */
const askAsAlice = (proxy: RunningProxy, headers: Record<string, string> = {}) =>
  fetch(proxy.url, { headers: { "x-user-id": "alice", ...headers } });

async function experimentCounts(proxy: RunningProxy): Promise<(number | undefined)[]> {
  const names = ["ab_expected_assignments_total", "ab_bucket_requests_total", "ab_bucket_errors_total"];
  return Promise.all(names.map((name) => proxy.metric(name)));
}

test("a force token overrides the variant, by header or cookie, and stays out of the experiment's counts", async (t) => {
  const yaml = configuration(
    { a: await startNamed(t, "a"), b: await startNamed(t, "b") },
    [50, 50],
    `force: { secret: ${SECRET} }`,
  );
  const proxy = await startProxy(t, yaml);
  const token = signForceToken(
    { experiment: EXPERIMENT, variant: "b", expiresAt: Date.now() + 60_000 },
    SECRET,
  );
  assert.equal(await (await askAsAlice(proxy)).text(), "a");
  const before = await experimentCounts(proxy);
  assert.equal(await (await askAsAlice(proxy, { "x-blindsplit-force": token })).text(), "b");
  assert.equal(await (await askAsAlice(proxy, { cookie: `x-blindsplit-force=${token}` })).text(), "b");
  assert.deepEqual(await experimentCounts(proxy), before);
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "forced", model_version: "b" }), 2);
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "hashed" }), 1);
});

test("a force token that is no good is refused, so that whoever tests notices", async (t) => {
  const proxy = await startProxy(
    t,
    configuration({ a: await startNamed(t, "a") }, [100], `force: { secret: ${SECRET} }`),
  );
  const late = signForceToken({ experiment: EXPERIMENT, variant: "a", expiresAt: Date.now() - 1 }, SECRET);
  for (const token of [late, "nonsense", `${late}x`]) {
    const response = await askAsAlice(proxy, { "x-blindsplit-force": token });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { code: string }).code, "force_invalid");
  }
});

test("without a force section the token's header is an ordinary one", async (t) => {
  const proxy = await startProxy(t, configuration({ a: await startNamed(t, "a") }, [100]));
  assert.equal((await askAsAlice(proxy, { "x-blindsplit-force": "nonsense" })).status, 200);
});

/** Asks as alice until her variant's only service has been ejected. */
async function untilEjected(proxy: RunningProxy): Promise<void> {
  while ((await proxy.metric("ab_upstream_healthy", { model_version: "a" })) !== 0)
    await (await askAsAlice(proxy)).text();
}

test("a variant without a healthy service fails, which keeps the experiment honest", async (t) => {
  const proxy = await startProxy(
    t,
    configuration({ a: await unusedUrl(), b: await startNamed(t, "b") }, [50, 50]),
  );
  await untilEjected(proxy);
  const response = await askAsAlice(proxy);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  assert.equal(((await response.json()) as { code: string }).code, "no_healthy_upstream");
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "fallback" }), 0);
});

test("with on_unavailable: fallback the other variant answers, out of the experiment's counts", async (t) => {
  const proxy = await startProxy(
    t,
    configuration(
      { a: await unusedUrl(), b: await startNamed(t, "b") },
      [50, 50],
      "upstream: { on_unavailable: fallback }",
    ),
  );
  await untilEjected(proxy);
  const before = await experimentCounts(proxy);
  assert.equal(await (await askAsAlice(proxy)).text(), "b");
  assert.deepEqual(await experimentCounts(proxy), before);
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "fallback", model_version: "b" }), 1);
});

test("an answer of a fallback looks like any other: its token is as wide, and nothing is counted by it", async (t) => {
  const named = async (name: string) =>
    (
      await startUpstream(
        t,
        (_request, response) =>
          void response.writeHead(200, { "x-blindsplit-prediction": "positive;0.9" }).end(name),
      )
    ).url;
  const proxy = await startProxy(
    t,
    configuration(
      { a: await unusedUrl(), b: await named("b") },
      [50, 50],
      `upstream: { on_unavailable: fallback }
exposure: { methods: [GET] }
force: { secret: ${SECRET} }
outcomes: { secrets: a-secret-for-the-tests, allowed: [converted, true_label], labels: [positive, negative] }`,
    ),
  );
  await untilEjected(proxy);
  const tokenOf = async (headers: Record<string, string>, method = "GET") => {
    const response = await fetch(proxy.url, { method, headers });
    assert.equal(await response.text(), "b");
    return response.headers.get("x-outcome-token");
  };
  const before = await experimentCounts(proxy);
  const fallback = await tokenOf({ "x-user-id": "alice" });
  assert.deepEqual(await experimentCounts(proxy), before);
  assert.equal(await proxy.metric("ab_bucket_predictions_total"), undefined);
  let own: string | null = null;
  for (
    let user = 0;
    own === null || (await proxy.metric("ab_bucket_predictions_total")) === undefined;
    user++
  )
    own = await tokenOf({ "x-user-id": `user-${user}` });
  assert.equal(fallback?.length, own.length);
  assert.equal(await tokenOf({ "x-user-id": "alice" }, "POST"), null, "no exposure, with either variant");
  const forced = signForceToken(
    { experiment: EXPERIMENT, variant: "b", expiresAt: Date.now() + 60_000 },
    SECRET,
  );
  assert.equal(await tokenOf({ "x-user-id": "alice", "x-blindsplit-force": forced }), null);

  const answersTo = async (token: string | null) => {
    const answers: string[] = [];
    for (const body of [
      { token, outcome: "converted" },
      { token, outcome: "true_label", value: "neutral" },
      { token, outcome: "true_label", value: "positive" },
      { token, outcome: "true_label", value: "negative" },
    ])
      answers.push((await report(proxy.url, body)).text);
    return answers;
  };
  assert.deepEqual(await answersTo(fallback), await answersTo(own));
  assert.equal(await proxy.metric("ab_outcomes_total"), 2);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "fallback" }), 2);
});
