import { parseArgs } from "node:util";
import { studyAa } from "./aa.ts";
import { studyAb } from "./ab.ts";
import { studyGuardrail } from "./guardrail.ts";
import { studySrm } from "./srm.ts";
import { studyStrata } from "./strata.ts";
import type { Study } from "./study.ts";

const STUDIES = new Map<string, { readonly study: Study; readonly runs: number }>([
  ["aa", { study: studyAa, runs: 1000 }],
  ["ab", { study: studyAb, runs: 1000 }],
  ["strata", { study: studyStrata, runs: 1000 }],
  ["srm", { study: studySrm, runs: 1000 }],
  ["guardrail", { study: studyGuardrail, runs: 200 }],
]);
const USAGE = `npm run simulate -- ${[...STUDIES.keys()].join("|")} [--runs N] [--seed N] [--text]`;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    runs: { type: "string" },
    seed: { type: "string", default: "1" },
    text: { type: "boolean", default: false },
  },
});
const chosen = STUDIES.get(positionals[0] ?? "");
const runs = Number(values.runs ?? chosen?.runs);
const seed = Number(values.seed);
if (
  chosen === undefined ||
  positionals.length > 1 ||
  !Number.isInteger(runs) ||
  runs < 1 ||
  !Number.isInteger(seed)
) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const startedAt = performance.now();
  const { lines, promises } = await chosen.study({ runs, seed, isText: values.text, say });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`${positionals[0]}: ${runs} runs, seed ${seed}, ${seconds} s\n`);
  for (const line of lines) process.stdout.write(`  ${line}\n`);
  for (const { text, isKept } of promises) process.stdout.write(`  ${isKept ? "kept" : "BROKEN"}  ${text}\n`);
  if (promises.some(({ isKept }) => !isKept)) process.exitCode = 1;
}
