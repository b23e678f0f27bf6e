import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { signForceToken } from "../../../proxy/src/identity/force.ts";
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
