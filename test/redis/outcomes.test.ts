import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { createLog } from "../../proxy/src/log.ts";
import { createMetrics } from "../../proxy/src/metrics/metrics.ts";
import { SharedIds } from "../../proxy/src/outcomes/shared-ids.ts";
import { askForToken, askForTokens, report } from "../support/outcome-caller.ts";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { type RunningRedis, startRedis } from "./redis.ts";

async function startTwo(t: TestContext, redis: string): Promise<readonly [RunningProxy, RunningProxy]> {
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  const outcomes = `outcomes:
  secrets: a-secret-of-both-gateways
  allowed: [converted, { name: revenue, min: 0, max: 10 }]
  duplicates: { redis: "${redis}" }`;
  const yaml = configuration({ only: url }, [100], outcomes);
  const proxies = [await startProxy(t, yaml), await startProxy(t, yaml)] as const;
  for (const proxy of proxies) await untilStoreIs(proxy, 1);
  return proxies;
}

async function untilStoreIs(proxy: RunningProxy, value: 0 | 1): Promise<void> {
  while ((await proxy.metric("ab_outcome_store_up")) !== value);
}

async function sumOf(proxies: readonly RunningProxy[], name: string, labels: Record<string, string> = {}) {
  const values = await Promise.all(proxies.map((proxy) => proxy.metric(name, labels)));
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

const keysIn = async (redis: RunningRedis) =>
  [...(await redis.tell("KEYS *")).matchAll(/blindsplit:outcome:[\w-]{22}/g)].map(([key]) => key);

test("what one gateway has counted is known to the other, with its value", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  const [one, other] = proxies;
  const token = await askForToken(one.url, "alice");
  const revenue = (value: number) => ({ token, outcome: "revenue", value });
  assert.equal((await report(one.url, revenue(5))).status, 202);
  assert.equal((await report(other.url, revenue(5))).status, 202);
  assert.equal((await report(other.url, revenue(6))).code, "outcome_conflict");
  assert.equal(await sumOf(proxies, "ab_outcomes_total"), 1);
  assert.equal(await other.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 1);
  assert.equal(await sumOf(proxies, "ab_outcome_unshared_total"), 0);
});

test("reports that come to both at once count once", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  const tokens = await askForTokens(proxies[0].url, 60);
  await Promise.all(
    tokens.flatMap((token) =>
      proxies.map(async ({ url }) => {
        // The other one may be about to count it: whoever is told so asks again.
        while ((await report(url, { token, outcome: "converted" })).status !== 202);
      }),
    ),
  );
  assert.equal(await sumOf(proxies, "ab_outcomes_total"), tokens.length);
});

test("what stands in Redis tells nothing, and goes when the token expires", async (t) => {
  const redis = await startRedis(t);
  const [proxy] = await startTwo(t, redis.url);
  const token = await askForToken(proxy.url, "alice");
  await report(proxy.url, { token, outcome: "converted" });
  const [key = assert.fail("no key"), ...more] = await keysIn(redis);
  assert.equal(more.length, 0);
  const seconds = Number(/^:(\d+)/.exec(await redis.tell(`TTL ${key}`))?.[1]);
  assert.ok(seconds > 6 * 86_400 && seconds <= 7 * 86_400, String(seconds));
});

test("what a gateway had written when it was killed is told to Redis at its start", async (t) => {
  const redis = await startRedis(t);
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-redis-"));
  t.after(() => rm(folder, { recursive: true }));
  const yamlOf = (journal: string) =>
    configuration(
      { only: url },
      [100],
      `outcomes: { secrets: a-secret-of-both-gateways, duplicates: { redis: "${redis.url}" }${journal} }`,
    );
  const journal = `, journal: ${join(folder, "outcomes.journal")}`;
  const first = await startProxy(t, yamlOf(journal));
  await untilStoreIs(first, 1);
  const token = await askForToken(first.url, "alice");
  assert.equal((await report(first.url, { token, outcome: "converted" })).status, 202);
  await first.stop();
  // As if it had ended between its journal and Redis, and its claim had run out.
  const [key = assert.fail("no key")] = await keysIn(redis);
  await redis.tell(`DEL ${key}`);
  const again = await startProxy(t, yamlOf(journal));
  while ((await keysIn(redis)).length === 0) await again.metric("ab_outcome_store_up");
  assert.deepEqual(await keysIn(redis), [key]);
  const seconds = Number(/^:(\d+)/.exec(await redis.tell(`TTL ${key}`))?.[1]);
  assert.ok(seconds > 6 * 86_400 && seconds <= 7 * 86_400, String(seconds));
  const other = await startProxy(t, yamlOf(""));
  await untilStoreIs(other, 1);
  assert.equal((await report(other.url, { token, outcome: "converted" })).status, 202);
  assert.equal(await sumOf([again, other], "ab_outcomes_total"), 1);
});

test("a slow disk keeps its claim, and a claim of another is not touched", async (t) => {
  const redis = await startRedis(t);
  const { outcomes: metrics } = createMetrics({ residentBytes: () => 0, cpuSeconds: () => 0 });
  const log = createLog("info", { write: () => undefined });
  const ids = () => new SharedIds(redis.url, { log, metrics, now: () => 0 });
  const [one, other] = [ids(), ids()];
  t.after(() => Promise.all([one.close(), other.close()]));
  const keyOf = (id: string) => ({ digest: hash("sha256", id, "buffer"), value: 7, expiresAt: 60_000 });
  const key = keyOf("a");
  while ((await one.claim(keyOf("x"))) === "away" || (await other.claim(keyOf("y"))) === "away")
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await one.claim(key), "new");
  const name = `blindsplit:outcome:${key.digest.toString("base64url", 0, 16)}`;
  const leftMs = async () => Number(/^:(-?\d+)/.exec(await redis.tell(`PTTL ${name}`))?.[1]);
  await redis.tell(`PEXPIRE ${name} 5000`);
  await other.renew(key);
  await other.release(key);
  assert.ok((await leftMs()) <= 5000, "it was another's");
  assert.equal(await other.claim(key), "claimed");
  await one.renew(key);
  assert.ok((await leftMs()) > 5000, "it was its own");
  await one.confirm(key);
  await one.renew(key);
  await one.release(key);
  assert.equal(await other.claim(key), 7);
});

test("without Redis each knows its own; both are found again, and what they lacked was counted", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  const [before, token, after] = await askForTokens(proxies[0].url, 3);
  assert.equal((await report(proxies[0].url, { token: before, outcome: "converted" })).status, 202);
  await redis.stop();
  for (const proxy of proxies) await untilStoreIs(proxy, 0);
  for (const { url } of proxies)
    for (let time = 0; time < 2; time++)
      assert.equal((await report(url, { token, outcome: "converted" })).status, 202);
  assert.equal(await sumOf(proxies, "ab_outcome_unshared_total"), 2);
  assert.equal(await sumOf(proxies, "ab_outcomes_total"), 3, "each has counted it, and once");
  await redis.start();
  for (const proxy of proxies) await untilStoreIs(proxy, 1);
  for (const { url } of proxies)
    assert.equal((await report(url, { token: after, outcome: "converted" })).status, 202);
  assert.equal(await sumOf(proxies, "ab_outcomes_total"), 4);
  for (const { log } of proxies) {
    assert.equal(log.filter((line) => line.includes("Redis of outcomes is away")).length, 1);
    assert.equal(log.filter((line) => line.includes("Redis of outcomes is back")).length, 1);
    assert.ok(!log.join("").includes("test-password"));
  }
});
