import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { createRandom } from "../support/random.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { estimateAuc, showAuc } from "./auc.ts";
import { observe } from "./observe.ts";
import { ornate, plain, startService } from "./services.ts";
import { situations } from "./situations.ts";

const SEED = 7;
const OF_EACH = 400;

/** Milliseconds around a median, with the long tail that models have. */
function latencies(medianMs: number, seed: number): () => number {
  const random = createRandom(seed);
  return () => {
    const gaussian = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMs * Math.exp(0.3 * gaussian);
  };
}

/**
 * How well the time alone tells a fast variant from a slow one. Printed, not asserted: machines differ. Tells what the
 * second half of the requests took, and what the padding cost.
 */
async function timeAlone(t: TestContext, padding: string) {
  const upstreams = {
    fast: await startService(t, plain, latencies(8, SEED)),
    slow: await startService(t, ornate, latencies(14, SEED + 1)),
  };
  const proxy = await startProxy(t, configuration(upstreams, [50, 50], `blind: { pad_latency: ${padding} }`));
  const asked = situations.filter(({ name }) => name === "a prediction");
  // The first half is what the padding learns from.
  await observe(() => proxy.port, SEED, asked, OF_EACH / 2);
  const { training, held } = await observe(() => proxy.port, SEED + 1, asked, OF_EACH / 2);
  const seen = [...training, ...held];
  const times = seen.map(({ sight }) => sight.ms);
  const labels = seen.map(({ label }) => label);
  const sorted = times.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  t.diagnostic(
    `pad_latency: ${padding}: time alone: ${showAuc(estimateAuc(times, labels))}; median ${median.toFixed(1)} ms (${seen.length} requests)`,
  );
  assert.ok(seen.every(({ sight }) => sight.status === "200"));
  return { leastMs: sorted[0] ?? 0, paddingSeconds: await proxy.metric("ab_padding_seconds_total") };
}

const title = (padding: string) => `how well time alone tells the variants, with pad_latency: ${padding}`;

test(title("off"), async (t) => {
  const { paddingSeconds } = await timeAlone(t, "off");
  assert.equal(paddingSeconds, 0);
});

test(title("p95"), async (t) => {
  const { paddingSeconds = 0 } = await timeAlone(t, "p95");
  assert.ok(paddingSeconds > 0, "nothing was padded");
});

test(title("40ms"), async (t) => {
  const { leastMs } = await timeAlone(t, "40ms");
  assert.ok(leastMs >= 40, `an answer left after ${leastMs} ms (seed ${SEED})`);
});
