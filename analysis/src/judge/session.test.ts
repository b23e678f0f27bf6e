import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { pino } from "pino";
import { parseConfig } from "../../../proxy/src/config/load.ts";
import { writeFiles } from "../../../test/support/terminal.ts";
import { planOf } from "../evidence/plan.ts";
import { Case } from "./case.ts";
import { identityOf } from "./identity.ts";
import { Session } from "./session.ts";
import { type SavedState, StateFile } from "./state-file.ts";

function configure(judge: string) {
  const text = `experiment: { name: shop }\nvariants: [{ name: a, weight: 50, upstreams: ["http://a"] }, { name: b, weight: 50, upstreams: ["http://b"] }]\njudge: { ${judge} }\n`;
  return parseConfig(text, "x.yaml", {}, {}).config;
}

/** What a session makes of a state that another one has left. */
async function reopen(t: TestContext, left: Partial<SavedState>, judge: string) {
  const path = (await writeFiles(t, {}))("judge.json");
  const file = new StateFile(path, { check: async () => undefined });
  const config = configure(judge);
  const plan = planOf(config);
  const opened = Case.open(plan);
  opened.take({ at: 300_000, processes: [{ process: "g", tier: "gateway", samples: [] }] });
  const verdict = opened.look(300_000);
  await file.save({
    ...identityOf(config),
    stepMs: plan.stepMs,
    reads: "processes",
    lookedAt: 300_000,
    verdict,
    evidence: JSON.parse(JSON.stringify(opened.toJSON())),
    source: null,
    ...left,
  });
  const said: string[] = [];
  const clock = { now: 400_000 };
  const log = pino({ level: "info" }, { write: (line) => void said.push(line) });
  const session = await Session.open({
    config,
    identity: identityOf(config),
    file,
    now: () => clock.now,
    log,
  });
  t.after(() => session.stop());
  return { session, names: readdirSync(dirname(path)), said: () => said.join(""), clock };
}

test("what was kept is told at once, before another look", async (t) => {
  const { session, said } = await reopen(t, {}, "step: 5m");
  assert.deepEqual([session.verdict?.at, session.isReady], [300_000, true]);
  assert.match(said(), /going on from the state file/);
});

test("evidence of processes is not mixed with that of a Prometheus, where they have other names", async (t) => {
  const { session, names, said } = await reopen(t, {}, 'step: 5m, prometheus: "http://127.0.0.1:9"');
  assert.deepEqual([session.verdict?.at, session.isReady], [300_000, false]);
  assert.deepEqual(names, ["judge.json.processes"]);
  assert.match(
    said(),
    /it was read from processes, where gateways have other names.*it is rebuilt from Prometheus/,
  );
});

test("evidence that does not fit the configuration is set aside", async (t) => {
  for (const left of [{ evidence: {} }, { evidence: null }]) {
    const { session, names, said } = await reopen(t, left, "step: 5m");
    assert.equal(session.verdict, undefined);
    assert.deepEqual(names, ["judge.json.unfit"]);
    assert.match(said(), /does not fit the configuration .*the evidence begins anew/);
  }
});

/** A judgement that found a sample ratio mismatch and stopped somebody. */
function decidedState(config: ReturnType<typeof configure>): unknown {
  const plan = planOf(config);
  const opened = Case.open(plan);
  opened.take({ at: 300_000, processes: [{ process: "g", tier: "gateway", samples: [] }] });
  opened.look(300_000);
  const saved = JSON.parse(JSON.stringify(opened.toJSON()));
  saved.judgement.validity.sampleRatioFailedAt = 200_000;
  saved.judgement.stopped.push({ treatment: "b", at: 250_000, metric: "error_ratio" });
  saved.ledger.since = 100_000;
  return saved;
}

test("another step, other labels or another source take the evidence anew, and keep what was decided", async (t) => {
  const evidence = decidedState(configure("step: 5m"));
  const cases = [
    ["step: 1m", {}, "unfit"],
    ["step: 5m", { reads: "prometheus" }, "prometheus"],
    ["step: 5m", { lookedAt: 86_400_000 }, "future"],
  ] as const;
  for (const [judge, left, suffix] of cases) {
    const { session, names, said } = await reopen(t, { evidence, ...left }, judge);
    assert.deepEqual(names, [`judge.json.${suffix}`]);
    assert.match(said(), /was set aside; the evidence begins anew; what was decided stays/);
    assert.equal(session.verdict?.at, 300_000, "the last verdict is told until the next look");
    assert.equal(session.isReady, true);
    const verdict = await session.runUntil(600_000);
    assert.equal(verdict?.validity.sampleRatio.check, "failed");
    assert.deepEqual(
      verdict?.stopped.map(({ treatment }) => treatment),
      ["b"],
    );
    assert.equal(verdict?.since, 100_000);
    assert.equal(verdict?.at, 600_000);
  }
});

test("a clock that was ahead and is right again is an error, and the judge is not ready", async (t) => {
  const { session, said, clock } = await reopen(t, {}, "step: 5m");
  clock.now = 86_400_000;
  await session.runUntil(86_400_000);
  assert.equal(session.isReady, true);
  clock.now = 900_000;
  assert.equal(session.isReady, false);
  await session.runUntil(900_000);
  assert.equal(session.isReady, false);
  assert.match(said(), /the clock is behind what was read already/);
  clock.now = 86_700_000;
  await session.runUntil(86_700_000);
  assert.equal(session.isReady, true);
});
