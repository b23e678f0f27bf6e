import assert from "node:assert/strict";
import { test } from "node:test";
import { exposures, startExperiment, total } from "./experiment.ts";
import { eventually } from "./processes.ts";

interface Stops {
  readonly stopped: readonly string[];
  readonly mode: string;
}

test("a treatment that fails is stopped on every gateway, and stays so whoever is killed", async (t) => {
  const experiment = await startExperiment(t, {
    gateways: 2,
    // Blocks of time are a hundredth of the horizon, and a decision takes ten.
    more: "analysis: { horizon: 100s, margin: 0.05, guardrails: [{ metric: error_ratio, margin: 0.02 }] }",
    judge: "stop: on, poll: 100ms",
  });
  const [one, other] = [await experiment.gateway(), await experiment.gateway()];
  const judge = await experiment.judge();
  experiment.answer("treatment", [500]);
  const verdict = await eventually("a breach", async () => {
    for (const gateway of [one, other]) await gateway.sendAll(20);
    const found = await judge.verdict();
    return found?.answer === "guardrail_breached" ? found : undefined;
  });
  assert.deepEqual(
    [verdict.treatment, verdict.stopped.map(({ treatment }) => treatment)],
    ["treatment", ["treatment"]],
  );

  const stops = (await (await fetch(`${judge.url}/-/stop`)).json()) as Stops;
  assert.deepEqual([stops.mode, stops.stopped.length], ["on", 1]);
  const metrics = await (await fetch(`${judge.url}/metrics`)).text();
  assert.match(
    metrics,
    new RegExp(
      `^ab_verdict_guardrail_breached\\{.*metric="error_ratio",letter="${stops.stopped[0]}"\\} 1$`,
      "m",
    ),
  );
  assert.match(metrics, /^ab_verdict_info\{.*answer="guardrail_breached"\} 1$/m);
  assert.doesNotMatch(metrics, /treatment|control/);

  for (const gateway of [one, other])
    await eventually(
      "everybody gets the control",
      async () => (total(await gateway.send(10)) === 10 ? true : undefined),
      gateway.said,
    );

  await judge.kill();
  await judge.start();
  // Before its first look after the start, too.
  assert.deepEqual((await judge.verdict())?.stopped, verdict.stopped);
  const later = await judge.until("a later look", ({ at }) => at > verdict.at + 1_000);
  assert.deepEqual([later.answer, later.stopped], [verdict.answer, verdict.stopped]);
  assert.ok(total(exposures(later)) >= total(exposures(verdict)));
});
