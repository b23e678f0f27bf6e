import assert from "node:assert/strict";
import test from "node:test";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { type Auc, estimateAuc, showAuc } from "./auc.ts";
import { tabulate } from "./features.ts";
import { trainLogistic } from "./logistic.ts";
import { type Halves, observe } from "./observe.ts";
import { ornate, plain, startService } from "./services.ts";

const SEED = 20_260_801;

/** Everything a caller can see but the body's text and the time; the blind settings that README.md names. */
const BLIND = "blind: { client_errors: replace }";

const portIn = (url: string) => Number(new URL(url).port);

function distinguish({ training, held }: Halves): Auc & { readonly telling: readonly string[] } {
  const matrix = tabulate(training, held);
  const labels = training.map(({ label }) => label);
  const score = trainLogistic(matrix.training, labels, matrix.columns);
  const heldLabels = held.map(({ label }) => label);
  return { ...estimateAuc(matrix.held.map(score), heldLabels), telling: matrix.telling };
}

test("asked directly, two services that differ are told apart by everything but their words", async (t) => {
  const ports = [portIn(await startService(t, plain)), portIn(await startService(t, ornate))];
  const halves = await observe((label) => ports[label] ?? 0, SEED);
  const found = distinguish(halves);
  t.diagnostic(`${halves.training.length} + ${halves.held.length} requests, seed ${SEED}: ${showAuc(found)}`);
  assert.ok(found.auc > 0.99, showAuc(found));
});

test("through the proxy they are not told apart", async (t) => {
  const upstreams = { plain: await startService(t, plain), ornate: await startService(t, ornate) };
  const proxy = await startProxy(t, configuration(upstreams, [50, 50], BLIND));
  const halves = await observe(() => proxy.port, SEED);
  const found = distinguish(halves);
  t.diagnostic(`${halves.training.length} + ${halves.held.length} requests, seed ${SEED}: ${showAuc(found)}`);
  t.diagnostic(`features that differ between the variants: ${found.telling.join(" | ") || "none"}`);
  assert.ok(found.low <= 0.5 && found.high >= 0.5, `${showAuc(found)}: ${found.telling.join(" | ")}`);
});
