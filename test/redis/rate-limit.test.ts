import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { startRedis } from "./redis.ts";

const LIMIT = 4;

async function startTwo(t: TestContext, redis: string): Promise<readonly [RunningProxy, RunningProxy]> {
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  const more = `limits: { rate: { requests: ${LIMIT}, per: 1h, redis: "${redis}" } }`;
  const yaml = configuration({ only: url }, [100], more);
  const proxies = [await startProxy(t, yaml), await startProxy(t, yaml)] as const;
  for (const proxy of proxies) await untilStoreIs(proxy, 1);
  return proxies;
}

async function untilStoreIs(proxy: RunningProxy, value: 0 | 1): Promise<void> {
  while ((await proxy.metric("ab_rate_limit_store_up")) !== value);
}

async function ask({ url }: RunningProxy, id: string): Promise<number> {
  const response = await fetch(url, { headers: { "x-user-id": id } });
  await response.arrayBuffer();
  return response.status;
}

/** How often `id` is answered before it is refused, asking the proxies in turn. */
async function countAllowed(proxies: readonly RunningProxy[], id: string): Promise<number> {
  for (let asked = 0; ; asked++)
    if ((await ask(proxies[asked % proxies.length] as RunningProxy, id)) === 429) return asked;
}

test("two proxies share one count for each unit", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  assert.equal(await countAllowed(proxies, "alice"), LIMIT);
  assert.equal(await countAllowed(proxies, "bob"), LIMIT);
  for (const proxy of proxies) {
    const refused = await fetch(proxy.url, { headers: { "x-user-id": "alice" } });
    assert.equal(refused.status, 429);
    assert.equal(((await refused.json()) as { code: string }).code, "rate_limited");
    const seconds = Number(refused.headers.get("retry-after"));
    assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 3600, String(seconds));
    assert.equal(await proxy.metric("ab_rate_limit_insured_total"), 0);
  }
});

test("what stands in Redis names nobody, and goes when its window ends", async (t) => {
  const redis = await startRedis(t);
  const [proxy] = await startTwo(t, redis.url);
  await ask(proxy, "alice");
  const [, key = ""] =
    /^\*1\r\n\$\d+\r\n(blindsplit:rate:[\w-]{43})\r\n$/.exec(await redis.tell("KEYS *")) ?? [];
  assert.notEqual(key, "", await redis.tell("KEYS *"));
  assert.match(await redis.tell(`TTL ${key}`), /^:\d+\r\n$/);
});

test("without Redis every proxy counts by itself; when it is back, they share again", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  await redis.stop();
  for (const proxy of proxies) await untilStoreIs(proxy, 0);
  assert.equal(await countAllowed(proxies, "alice"), 2 * LIMIT);
  await redis.start();
  for (const proxy of proxies) await untilStoreIs(proxy, 1);
  assert.equal(await countAllowed(proxies, "bob"), LIMIT);
  for (const { log } of proxies) {
    assert.equal(log.filter((line) => line.includes("Redis is away")).length, 1);
    assert.equal(log.filter((line) => line.includes("Redis is back")).length, 1);
    assert.ok(!log.join("").includes("test-password"));
  }
});

test("a Redis that is silent keeps nobody waiting for long, and is found again", async (t) => {
  const redis = await startRedis(t);
  const proxies = await startTwo(t, redis.url);
  redis.freeze();
  t.after(() => redis.thaw());
  assert.equal(await countAllowed(proxies, "alice"), 2 * LIMIT);
  for (const proxy of proxies) assert.equal(await proxy.metric("ab_rate_limit_store_up"), 0);
  redis.thaw();
  for (const proxy of proxies) await untilStoreIs(proxy, 1);
  assert.equal(await countAllowed(proxies, "bob"), LIMIT);
});

test("a reload keeps the counts, and closes the connection of a limit that is gone", async (t) => {
  const redis = await startRedis(t);
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  const limited = (weights: string) =>
    `${configuration({ only: url }, [100])}limits: { rate: { requests: ${LIMIT}, per: 1h, redis: "${redis.url}" } }\n${weights}`;
  const proxy = await startProxy(t, limited(""));
  await untilStoreIs(proxy, 1);
  await ask(proxy, "alice");
  await proxy.write(limited("upstream: { max_in_flight: 7 }\n"));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal(await countAllowed([proxy], "alice"), LIMIT - 1);
  await proxy.write(configuration({ only: url }, [100]));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal(await ask(proxy, "alice"), 200);
  while (/lib-name=ioredis/.test(await redis.tell("CLIENT LIST")));
  assert.equal(await proxy.metric("ab_rate_limit_store_up"), undefined);
});
