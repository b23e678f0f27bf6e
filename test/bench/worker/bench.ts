import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDataset } from "../../../worker/evaluation/dataset.ts";
import type { Children } from "../../load/support/children.ts";
import { describeMachine, onCore, packageVersion } from "../support/machine.ts";
import { startCallers } from "./callers.ts";
import { startCeiling } from "./ceiling.ts";
import { OWN, SINGLE } from "./contestants.ts";
import { type Runner, startField } from "./field.ts";
import { type Model, readModel, tokenize } from "./model.ts";
import type { Options } from "./options.ts";
import { fetchPeers, type Peer, type Peers } from "./peers.ts";
import { type Comparison, compare, prove, type Reference, toReference } from "./proof.ts";
import { remarksOf } from "./remarks.ts";
import { CALLERS_LIMIT, type ModelReport, markdownOf, type Report } from "./report.ts";
import { BARE, BARE_SINGLE, type Measured, measureRounds, type Track, tryBatches, warmUp } from "./rounds.ts";
import { summarize } from "./summary.ts";
import { composeTexts, pickTexts } from "./texts.ts";
import { judge } from "./verdict.ts";

export interface BenchSetting {
  readonly options: Options;
  readonly children: Children;
  /** Of the repository. */
  readonly root: string;
  readonly node: string;
  readonly nodeVersion: string;
  readonly env: NodeJS.ProcessEnv;
  /** Progress, line by line. */
  say(line: string): void;
  print(text: string): void;
}

const BATCHED_CALLERS = 32;

/** Whether nothing failed and every threshold that this run can judge was reached. */
export async function runBench(setting: BenchSetting): Promise<boolean> {
  const { options, root, nodeVersion, say, print } = setting;
  const { contestants, rounds, seconds } = options;
  const models = options.models.map(readModel);
  const texts = await textsOf(options);
  const needed = new Set(contestants.flatMap(({ peer }): Peer[] => (peer === undefined ? [] : [peer])));
  const peers = await fetchPeers(join(root, ".blindsplit/bench/worker"), needed, say);
  const runtime = packageVersion(join(root, "worker/node_modules/onnxruntime-node"));
  const versions = { blindsplit: packageVersion(root), node: nodeVersion, "onnxruntime-node": runtime };
  const machine = describeMachine({ ...versions, ...peers.versions });
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-bench-"));
  const found: { readonly report: ModelReport; readonly measured: readonly Measured[] }[] = [];
  try {
    for (const model of models) found.push(await measureModel(model, texts, setting, peers, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const measured = found.flatMap((one) => one.measured);
  const source = options.texts === undefined ? "sentences of ours" : "texts of a file";
  const report: Report = {
    ...{ machine, rounds, seconds, contestants },
    texts: `${texts.length} ${source}`,
    callersShare: Math.max(...measured.map(({ callersShare }) => callersShare)),
    models: found.map((one) => one.report),
  };
  const markdown = markdownOf(report);
  await mkdir(options.output, { recursive: true });
  await writeFile(join(options.output, "worker.md"), markdown);
  const everything = { ...report, measured: found.map((one) => one.measured) };
  await writeFile(join(options.output, "worker.json"), `${JSON.stringify(everything, null, 2)}\n`);
  print(markdown);
  return (
    report.callersShare <= CALLERS_LIMIT &&
    measured.every(({ failed }) => failed === 0) &&
    report.models.every(({ verdicts }) => verdicts.every(({ reached }) => reached))
  );
}

async function textsOf({ texts: file, count }: Options): Promise<readonly string[]> {
  if (file === undefined) return composeTexts(count);
  return pickTexts(
    parseDataset(await readFile(file, "utf8"), file).map(({ text }) => text),
    count,
  );
}

async function measureModel(
  model: Model,
  texts: readonly string[],
  { options, children, root, node, env, say }: BenchSetting,
  peers: Peers,
  folder: string,
): Promise<{ report: ModelReport; measured: readonly Measured[] }> {
  const { contestants, rounds, seconds } = options;
  const [prefix, loadPrefix] = [onCore(0), onCore(1)];
  say(`${model.name}: starting the bare runtime and ${contestants.map(({ name }) => name).join(", ")}`);
  try {
    const ids = tokenize(model, texts);
    const bare = { children, node, prefix, env, folder, model, ids };
    const float = contestants.some(({ isFloat }) => isFloat) ? await readFloat(bare) : undefined;
    const ceiling = await startCeiling({ ...bare, graph: model.graph });
    const reference = toReference(model, await ceiling.logits());
    const referenceOf = ({ contestant: { isFloat, isComparable } }: Runner) =>
      isComparable?.(model) === false ? undefined : isFloat ? float : reference;
    const place = { node, root, model, peers };
    const runners = await startField({ children, contestants, prefix, env, place });
    const callers = await startCallers({ children, node, prefix: loadPrefix, env, folder, texts });

    const proofs: [string, Comparison][] = [];
    for (const runner of runners) {
      const expected = referenceOf(runner);
      if (expected !== undefined)
        proofs.push([runner.contestant.name, await prove(runner, model, texts, expected)]);
    }
    const batched = new Map<string, Comparison>();
    for (const runner of runners.filter(({ contestant: { name } }) => name === OWN || name === SINGLE))
      batched.set(runner.contestant.name, await compare(runner, model, texts, reference, BATCHED_CALLERS));

    say(`${model.name}: ${proofs.length} give the answers of a bare run; trying its batches, warming up`);
    const tries = [...(await tryBatches(ceiling))];
    const [batch] = tries.reduce((best, one) => (one[1] > best[1] ? one : best));
    const lengths = ids.map((row) => row.length);
    const track: Track = { runners, ceiling, batch, callers, lengths, referenceOf, say };
    await warmUp(track);
    const measured = await measureRounds(track, options.callers, rounds, seconds);
    const names = [BARE, BARE_SINGLE, ...contestants.map(({ name }) => name)];
    const rows = summarize(measured, names, options.callers);
    const verdicts = judge(model, rows, measured);
    const remarks = remarksOf(model, rows, batched);
    const meanTokens = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    const mostTokens = Math.max(...lengths);
    const report = { model, rows, tries, batch, proofs, verdicts, remarks, meanTokens, mostTokens };
    return { report, measured };
  } finally {
    await children.stop();
  }
}

/** What the float graph answers; undefined where there is none. */
async function readFloat(
  bare: Omit<Parameters<typeof startCeiling>[0], "graph">,
): Promise<Reference | undefined> {
  const { floatGraph } = bare.model;
  if (floatGraph === undefined) return undefined;
  const ceiling = await startCeiling({ ...bare, graph: floatGraph });
  const logits = await ceiling.logits();
  await ceiling.stop();
  return toReference(bare.model, logits);
}
