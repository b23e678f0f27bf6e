import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../../test/support/small-experiment.ts";
import { writeFiles } from "../../../../test/support/terminal.ts";
import { startUpstream } from "../../../../test/support/upstream.ts";
import { sampleVerdict } from "../../../../test/support/verdicts.ts";
import { askJudge } from "./judge.ts";
import { readState } from "./state.ts";

test("a verdict of one phase is never passed off as another's", async (t) => {
  const verdict = sampleVerdict();
  const { experiment, phase } = verdict;
  const config = parseExperiment("");
  const of = (wanted: number) => ({ ...config, experiment: { name: experiment, phase: wanted, salt: "" } });
  const file = (await writeFiles(t, { "judge.json": JSON.stringify({ version: 1, experiment, verdict }) }))(
    "judge.json",
  );
  const judge = await startUpstream(t, (_request, response) => void response.end(JSON.stringify(verdict)));
  assert.equal((await readState(file, of(phase))).phase, phase);
  assert.equal((await askJudge("open", judge.url, of(phase))).phase, phase);
  const next = of(phase + 1);
  await assert.rejects(readState(file, next), {
    message: new RegExp(
      `is of phase ${phase} of ${experiment}, and the configuration of phase ${phase + 1}:`,
    ),
  });
  await assert.rejects(askJudge("open", judge.url, next), {
    message: new RegExp(
      `judges phase ${phase} of ${experiment}, and the configuration is of phase ${phase + 1}:`,
    ),
  });
});
