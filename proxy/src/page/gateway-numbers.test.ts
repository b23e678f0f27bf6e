import assert from "node:assert/strict";
import { test } from "node:test";
import { countTurns } from "../../../test/support/event-loop-turns.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createExperimentRecord, describeConfiguration, type ExperimentShape } from "../metrics/record.ts";
import { ExpositionReader } from "./exposition.ts";
import { GATEWAY_FAMILIES, GATEWAY_SAMPLES, readGatewayNumbers } from "./gateway-numbers.ts";
import { readOwnGateway } from "./gateways.ts";
import { type Sample, Scrape } from "./scrape.ts";

function createShape(variants: number): ExperimentShape {
  return {
    experiment: "birds",
    phase: 2,
    maxInFlight: 1,
    variants: Array.from({ length: variants }, (_, index) => ({
      name: `bird-${index}`,
      weight: index === 0 ? 100 : 0,
      control: index === 0,
    })),
  };
}

const experimentOf = ({ experiment, phase, variants }: ExperimentShape) => ({
  name: experiment,
  phase,
  variants: variants.map(({ name }) => name),
});

async function startMetrics(t: { after(step: () => void): void }, shape: ExperimentShape) {
  const metrics = createMetrics({ residentBytes: () => 7, cpuSeconds: () => 1 });
  t.after(() => metrics.stop());
  const record = createExperimentRecord(metrics, shape);
  describeConfiguration(metrics, shape, { hash: "abcdefabcdef", number: 1 });
  record.decided(0, 17);
  record.variants[0]?.exposed(17);
  record.variants[0]?.ended(200, 0.04, 0.001);
  record.variants[0]?.ended(503, 9, 0.001);
  return metrics;
}

test("what a gateway reads of itself is what another reads of its text; only answers with 200 have a duration", async (t) => {
  const shape = createShape(3);
  const { registry } = await startMetrics(t, shape);
  const own = await readOwnGateway({ registry, instance: "one", address: () => "a:1" }, shape);
  const reader = new ExpositionReader(GATEWAY_SAMPLES);
  reader.push(Buffer.from(await registry.metrics()));
  const read = readGatewayNumbers(new Scrape(reader.end()), experimentOf(shape));
  assert.deepEqual(read?.variants, own.numbers?.variants);
  const { duration, requests, exposures, assignments, weight } = read?.variants["bird-0"] ?? assert.fail();
  assert.deepEqual([duration.sum, duration.cumulated.at(-1)], [0.04, 1]);
  assert.deepEqual([requests, exposures, assignments, weight], [{ 200: 1, 503: 1 }, 1, 1, 100]);
  assert.equal(own.instance, "one");
});

test("ten times the variants take about ten times the work, not a hundred times", () => {
  const lookedAt = (variants: number) => {
    let count = 0;
    const names = experimentOf(createShape(variants)).variants;
    const samples = names.flatMap((name) =>
      Array.from({ length: 20 }, (_, bucket): Sample => {
        const labels = { experiment: "birds", phase: "2", model_version: name, bucket: String(bucket) };
        const counted = new Proxy(labels, {
          get: (target, key) => {
            count++;
            return Reflect.get(target, key);
          },
        });
        return { name: "ab_bucket_requests_total", labels: counted, value: 1 };
      }),
    );
    const hash: Sample = { name: "ab_config_info", labels: { config_hash: "a" }, value: 1 };
    const read = readGatewayNumbers(new Scrape([hash, ...samples]), experimentOf(createShape(variants)));
    assert.equal(read?.variants[names.at(-1) ?? ""]?.exposures, 20);
    return count;
  };
  assert.ok(lookedAt(60) <= 11 * lookedAt(6), `${lookedAt(6)} and ${lookedAt(60)}`);
});

test("other work has its turn between two of its own families", async (t) => {
  const shape = createShape(2);
  const { registry } = await startMetrics(t, shape);
  const turns = await countTurns(() =>
    readOwnGateway({ registry, instance: "one", address: () => "a:1" }, shape),
  );
  assert.ok(turns >= GATEWAY_FAMILIES.length, String(turns));
});
