import assert from "node:assert/strict";
import { request } from "node:http";
import test, { type TestContext } from "node:test";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";
import { createAssignment } from "../experiment/assignment.ts";

/** Of the experiment: what is expected, exposures, errors, slow ones. */
const COUNTS = [
  "ab_expected_assignments_total",
  "ab_bucket_expected_assignments_total",
  "ab_bucket_assignments_total",
  "ab_bucket_requests_total",
  "ab_bucket_errors_total",
  "ab_bucket_slow_requests_total",
];

async function startPair(t: TestContext, more: string): Promise<RunningProxy> {
  const { url } = await startUpstream(t, (asked, response) => {
    const answer = () => void response.writeHead(asked.url === "/broken" ? 500 : 200).end("{}");
    setTimeout(answer, asked.url === "/slow" ? 40 : 0);
  });
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], more));
}

const ask = async (
  proxy: RunningProxy,
  path: string,
  method = "POST",
  headers: Record<string, string> = {},
) => {
  const response = await fetch(proxy.url + path, { method, headers: { "x-user-id": "alice", ...headers } });
  await response.text();
};

const counted = (proxy: RunningProxy, labels = {}) =>
  Promise.all(COUNTS.map((name) => proxy.metric(name, labels)));

test("what is no exposure leaves no trace in the experiment, and its decision is counted", async (t) => {
  const proxy = await startPair(
    t,
    "exposure: { methods: [POST], paths: [/predict, /broken, /slow] }\nanalysis: { slower_than: 25ms }",
  );
  await ask(proxy, "/predict", "GET");
  await ask(proxy, "/elsewhere");
  await ask(proxy, "/%62roken", "PUT");
  assert.deepEqual(await counted(proxy), [0, 0, 0, 0, 0, 0]);
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "hashed" }), 3);
  await ask(proxy, "/predict");
  await ask(proxy, "/%62roken");
  await ask(proxy, "/slow");
  const inBucket = { model_version: "a", phase: "1", stratum: "50/50", bucket: "22" };
  const [, expected, assigned, exposures, errors, slow] = await counted(proxy, inBucket);
  // The decoded path is what the rule reads, the one that came is what the service reads.
  assert.deepEqual([expected, assigned, exposures, errors], [1.5, 3, 3, 0]);
  assert.ok((slow ?? 0) >= 1);
  assert.equal(
    await proxy.metric("ab_bucket_expected_assignments_total", { ...inBucket, model_version: "b" }),
    1.5,
  );
  await ask(proxy, "/broken");
  assert.equal(await proxy.metric("ab_bucket_errors_total", inBucket), 1);
  assert.equal(await proxy.metric("ab_assignments_total", { assignment: "hashed", phase: "1" }), 7);
});

test("what takes longer than the analysis allows is slow, from the request's head on", async (t) => {
  const proxy = await startPair(t, "analysis: { slower_than: 1ms }");
  await ask(proxy, "/slow");
  assert.equal(await proxy.metric("ab_bucket_slow_requests_total", { model_version: "a" }), 1);
  const patient = await startPair(t, "analysis: { slower_than: 10s }");
  await ask(patient, "/slow");
  assert.equal(await patient.metric("ab_bucket_slow_requests_total"), 0);
});

test("a caller who left before its answer was expected, and is no exposure", async (t) => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, () => arrive());
  const proxy = await startProxy(
    t,
    configuration({ a: url, b: url }, [50, 50], "analysis: { slower_than: 1ms }"),
  );
  const call = request(proxy.url, { method: "POST", headers: { "x-user-id": "alice" } });
  call.on("error", () => undefined);
  call.end();
  await arrived;
  call.destroy();
  while ((await proxy.metric("ab_requests_total", { status: "499" })) !== 1)
    await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await counted(proxy, { model_version: "a" }), [0.5, 0.5, 1, 0, 0, 0]);
});

/** Session ids that lead to `variant`. */
function sessionOf(variant: number): string {
  const { assign } = createAssignment({ salt: "", weights: [50, 50] });
  for (let number = 0; ; number++) {
    const id = `session-${number}`.padEnd(22, "x");
    if (assign(id).variant === variant) return id;
  }
}

test("a user whose session leads to another variant than the header is contamination of the one that serves", async (t) => {
  const proxy = await startPair(t, "exposure: { methods: [POST] }");
  const contaminated = (model_version: string) =>
    proxy.metric("ab_contaminated_requests_total", { model_version, phase: "1" });
  // alice belongs to a.
  await ask(proxy, "/", "POST", { cookie: `model_session=${sessionOf(0)}` });
  await ask(proxy, "/", "POST", { cookie: "model_session=nonsense; other=1" });
  await ask(proxy, "/", "GET", { cookie: `model_session=${sessionOf(1)}` });
  await (
    await fetch(proxy.url, { method: "POST", headers: { cookie: `model_session=${sessionOf(1)}` } })
  ).text();
  assert.deepEqual([await contaminated("a"), await contaminated("b")], [0, 0]);
  await ask(proxy, "/", "POST", { cookie: `x=1; model_session=${sessionOf(1)}` });
  assert.deepEqual([await contaminated("a"), await contaminated("b")], [1, 0]);
});

test("a session that is not signed contaminates nobody where sessions are", async (t) => {
  const proxy = await startPair(t, "identity: { cookie: { secret: sixteen-characters-long } }");
  await ask(proxy, "/", "POST", { cookie: `model_session=${sessionOf(1)}` });
  assert.equal(await proxy.metric("ab_contaminated_requests_total"), 0);
});
