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
  const log = pino({ level: "info" }, { write: (line) => void said.push(line) });
  const session = await Session.open({ config, identity: identityOf(config), file, now: () => 400_000, log });
  t.after(() => session.stop());
  return { session, names: readdirSync(dirname(path)), said: said.join("") };
}

test("what was kept is told at once, before another look", async (t) => {
  const { session, said } = await reopen(t, {}, "step: 5m");
  assert.deepEqual([session.verdict?.at, session.isReady], [300_000, true]);
  assert.match(said, /going on from the state file/);
});

test("evidence of processes is not mixed with that of a Prometheus, where they have other names", async (t) => {
  const { session, names, said } = await reopen(t, {}, 'step: 5m, prometheus: "http://127.0.0.1:9"');
  assert.deepEqual([session.verdict, session.isReady], [undefined, false]);
  assert.deepEqual(names, ["judge.json.processes"]);
  assert.match(
    said,
    /it was read from processes, where gateways have other names.*it is rebuilt from Prometheus/,
  );
});

test("evidence that does not fit the configuration is set aside", async (t) => {
  for (const left of [{ evidence: {} }, { evidence: null }]) {
    const { session, names, said } = await reopen(t, left, "step: 5m");
    assert.equal(session.verdict, undefined);
    assert.deepEqual(names, ["judge.json.unfit"]);
    assert.match(said, /does not fit the configuration .*the evidence begins anew/);
  }
});
