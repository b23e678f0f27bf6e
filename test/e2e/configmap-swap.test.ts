import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";
import { smallRequest } from "../load/support/caller.ts";
import { Children, freePort, untilListening } from "../load/support/children.ts";
import { failureOf, runCrowd, until, upstreamOf } from "../load/support/crowd.ts";
import { Kinds } from "../load/support/findings.ts";
import { unitOf, WeightHistory, type Weights } from "../load/support/units.ts";
import { type MountedConfigMap, mountConfigMap } from "../support/configmap.ts";
import { startUpstream } from "../support/upstream.ts";

const MAIN = join(import.meta.dirname, "../../proxy/src/main.ts");
const CALLERS = 16;
const UNITS = 2_000;
/** Between two swaps, so that each has traffic before and after it. */
const REQUESTS_APART = 1_000;
const RELOAD_LIMIT_MS = 10_000;
const POLL_MS = 50;
const TRAFFIC_LIMIT_MS = 60_000;
const STEPS: readonly Weights[] = [
  [50, 50],
  [60, 40],
  [0, 100],
  [100, 0],
  [90, 10],
];

interface Gateway {
  readonly port: number;
  /** The sum of all series of this name with this label. */
  metric(name: string, label?: readonly [string, string]): Promise<number>;
}

/** The real one in a process of its own, with nothing set that has a default. */
async function startGateway(t: TestContext, { file }: MountedConfigMap): Promise<Gateway> {
  const children = new Children();
  t.after(() => children.stop());
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = children.start("gateway", [
    ...[process.execPath, MAIN, "--config", file],
    ...["--port", String(port), "--admin-port", String(adminPort), "--log-level", "warn"],
  ]);
  await untilListening(child, port);
  return {
    port,
    async metric(name, [label, value] = ["", ""]) {
      const answer = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
      const samples = samplesOf(parseExposition(await answer.text()), name);
      return samples
        .filter(({ labels }) => label === "" || labels.get(label) === value)
        .reduce((sum, sample) => sum + sample.value, 0);
    },
  };
}

test("a swapped ConfigMap is taken over under traffic: no request is lost, and the users follow the weights", async (t) => {
  const urls = await Promise.all(
    ["a", "b"].map(async (name) => {
      const { url } = await startUpstream(t, (request, response) => {
        request.resume().once("end", () => {
          response.writeHead(200, { "content-type": "application/json" });
          response.end(JSON.stringify({ upstream: name }));
        });
      });
      return url;
    }),
  );
  const experiment = (weights: Weights) =>
    [
      "experiment: { name: swap }",
      "variants:",
      ...urls.map((url, at) => `  - { name: ${"ab"[at]}, weight: ${weights[at]}, upstreams: ["${url}"] }`),
      "",
    ].join("\n");

  const [first, ...others] = STEPS;
  assert.ok(first !== undefined);
  const configMap = await mountConfigMap(t, "experiment.yaml", experiment(first));
  const gateway = await startGateway(t, configMap);
  const history = new WeightHistory(first);
  const failures = new Kinds();
  const met = STEPS.map(() => new Set<string>());
  let [sent, done, wrong] = [0, 0, 0];
  /** Position in STEPS, or undefined while one configuration replaces the other. */
  let step: number | undefined = 0;
  let running = true;
  const crowd = runCrowd({
    port: gateway.port,
    size: CALLERS,
    more: () => running,
    request() {
      const unit = unitOf(sent++ % UNITS, sent % 3 === 0 ? "cookie" : "header");
      return { bytes: smallRequest(unit), note: { unit, since: history.now(), step } };
    },
    seen(outcome, note) {
      done++;
      const failure = failureOf(outcome);
      if (failure !== undefined) return failures.add(failure);
      const variant = upstreamOf(outcome);
      if (!history.allows(note.unit.id, variant, note.since)) wrong++;
      if (step !== undefined && note.step === step) met[step]?.add(variant);
    },
  });

  const traffic = (count: number) => {
    const enough = done + count;
    return until(() => done >= enough, `${count} more requests`, TRAFFIC_LIMIT_MS);
  };
  const results = (result: string) => gateway.metric("ab_config_reloads_total", ["result", result]);
  /** Swaps and waits until the gateway has said what came of it; milliseconds from one to the other. */
  const swap = async (text: string, result: "swapped" | "unchanged" | "rejected") => {
    const before = await results(result);
    const begun = performance.now();
    await configMap.swap(text);
    await until(
      async () => (await results(result)) > before,
      `a reload: ${result}`,
      RELOAD_LIMIT_MS,
      POLL_MS,
    );
    return performance.now() - begun;
  };

  const tookMs: number[] = [];
  try {
    await traffic(REQUESTS_APART);
    for (const [index, weights] of others.entries()) {
      step = undefined;
      history.begin(weights);
      tookMs.push(await swap(experiment(weights), "swapped"));
      history.settle();
      step = index + 1;
      await traffic(REQUESTS_APART);
    }
    // A ConfigMap with a mistake changes nothing for anybody, and going back to the last good one heals it.
    await swap(experiment([90, 90]), "rejected");
    assert.equal(await gateway.metric("ab_config_last_reload_successful"), 0);
    await traffic(REQUESTS_APART);
    const last = STEPS.at(-1) ?? first;
    await swap(experiment(last), "unchanged");
    assert.equal(await gateway.metric("ab_config_last_reload_successful"), 1);
    await traffic(REQUESTS_APART);
  } finally {
    running = false;
    await crowd;
  }

  assert.equal(failures.total, 0, `${failures}`);
  assert.equal(wrong, 0, "requests met a variant that neither the old nor the new weights allow");
  const expected = STEPS.map((weights) => new Set(["a", "b"].filter((_, at) => (weights[at] ?? 0) > 0)));
  assert.deepEqual(met, expected);
  const shown = tookMs.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(", ");
  t.diagnostic(`${done} requests of ${CALLERS} callers, ${failures.total} lost, ${wrong} on a wrong variant`);
  t.diagnostic(`from the exchanged link to the reload: ${shown} (default poll)`);
});
