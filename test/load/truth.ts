/*
 * The bundled models over labelled texts as the traffic of 500 users, the truth sent afterwards as outcomes: what the
 * judge says of each variant must be what an offline evaluation says, to the last count. `--kill 1` kills gateway, worker
 * and judge with SIGKILL midway. `npm run load:truth -- --data FILE.tsv [--kill 1]`, FILE as `npm run evaluate` reads it.
 */
import { join } from "node:path";
import type { VariantSummary, Verdict } from "../../analysis/src/verdict/verdict.ts";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { type Scores, score } from "../../worker/evaluation/confusion.ts";
import { loadRows } from "../../worker/evaluation/evaluation.ts";
import { freePort } from "./support/children.ts";
import { equals, type Finding, tells } from "./support/findings.ts";
import { startJudge } from "./support/judge-process.ts";
import { startProxy } from "./support/processes.ts";
import { type Run, runLoad } from "./support/run.ts";
import { type Asked, ask, reportTruth } from "./truth/asked.ts";
import { killOnTheWay } from "./truth/kills.ts";
import { MODELS, startModel } from "./truth/models.ts";

const USERS = 500;
const CALLERS = 8;
/** Truth comes so many answers later. */
const DELAY = 200;
const REPORTED_AT_ONCE = 50;
const LABELS = ["negative", "neutral", "positive"];
const LOOK_LIMIT_MS = 60_000;

const defaults = { data: "FILE.tsv", kill: "0", limit: 100_000 };
await runLoad(process, "load:truth", { defaults, limitMinutes: 20 }, measureTruth);

async function measureTruth(run: Run): Promise<readonly Finding[]> {
  const rows = await loadRows(run.text("data"), run.count("limit"));
  const models = await Promise.all(MODELS.map((model) => startModel(run, model)));
  const judgePort = await freePort();
  const variants = models.map(({ name, url }) => `  - { name: ${name}, weight: 50, upstreams: ["${url}"] }`);
  const yaml = (adminPort: number) => `experiment: { name: truth }
variants:
${variants.join("\n")}
upstream: { health: { path: /readyz } }
outcomes:
  secrets: a secret that nobody else knows
  allowed: [true_label]
  labels: [${LABELS.join(", ")}]
  journal: ${join(run.folder, "outcomes.journal")}
analysis: { metric: accuracy, secondary: [macro_recall] }
judge: { state: ${join(run.folder, "judge.json")}, gateways: ["http://127.0.0.1:${adminPort}"] }
`;
  // The file names the gateway's own port, which is known when it has been started once.
  const proxy = await startProxy(run, yaml(1));
  await proxy.write(yaml(proxy.adminPort));
  const file = join(run.folder, "proxy.yaml");
  const judge = await startJudge(run, { file, port: judgePort, flags: ["--step", "1s"] });
  const kills =
    run.text("kill") === "0" ? undefined : killOnTheWay(run, { proxy, judge, models, of: rows.length });

  const asked = await carry(`http://127.0.0.1:${proxy.port}`, rows, (done) => kills?.passed(done));
  await kills?.ended();
  const verdict = await judge.verdictWhen(
    ({ variants: summaries }) => truthsIn(summaries) >= asked.length,
    `${asked.length} truths in the verdict`,
    LOOK_LIMIT_MS,
  );
  const offline = await evaluateOffline(models, asked);
  return [
    tells("texts, users", `${asked.length}, ${USERS}`),
    tells("killed on the way", kills?.told() ?? "nothing"),
    ...MODELS.flatMap(({ name }) => compare(name, verdict, offline)),
  ];
}

/** Asks for every text and reports the truth of each some hundred answers later. */
async function carry(
  url: string,
  rows: Awaited<ReturnType<typeof loadRows>>,
  passed: (done: number) => void,
): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  let next = 0;
  let reported = 0;
  const reportUntil = async (end: number) => {
    while (reported < end) {
      const batch = asked.slice(reported, Math.min(end, reported + REPORTED_AT_ONCE));
      reported += batch.length;
      await reportTruth(url, batch);
    }
  };
  const call = async () => {
    for (let index = next++; index < rows.length; index = next++) {
      const row = rows[index];
      if (row === undefined) return;
      asked.push(await ask(url, row, `user-${index % USERS}`));
      passed(asked.length);
      if (asked.length - reported >= DELAY + REPORTED_AT_ONCE) await reportUntil(reported + REPORTED_AT_ONCE);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  await reportUntil(asked.length);
  return asked;
}

/** The texts that a variant was assigned, asked of its worker without the gateway; scored as `npm run evaluate` does. */
async function evaluateOffline(
  models: readonly { readonly name: string; readonly url: string }[],
  asked: readonly Asked[],
): Promise<ReadonlyMap<string, Scores>> {
  const { assign } = createAssignment({ salt: "", weights: [50, 50] });
  const scores = new Map<string, Scores>();
  for (const [index, { name, url }] of models.entries()) {
    const own = asked.filter(({ unit }) => assign(unit).variant === index);
    const judgements: { actual: string; predicted: string }[] = [];
    for (const { row } of own) {
      const response = await fetch(`${url}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: row.text }),
      });
      const { label } = (await response.json()) as { label: string };
      judgements.push({ actual: row.label, predicted: label });
    }
    scores.set(name, score(judgements, LABELS));
  }
  return scores;
}

function compare(name: string, verdict: Verdict, offline: ReadonlyMap<string, Scores>): readonly Finding[] {
  const online = verdict.variants.find((variant) => variant.name === name)?.classification;
  const scores = offline.get(name);
  const shown = (value: number | null | undefined) => (value ?? Number.NaN).toFixed(12);
  const order = LABELS.map((label) => online?.labels.indexOf(label) ?? -1);
  const confusion = order.map((row) => order.map((column) => online?.confusion[row]?.[column] ?? Number.NaN));
  return [
    equals(`${name}: accuracy`, shown(online?.accuracy.value), shown(scores?.accuracy)),
    equals(`${name}: macro recall`, shown(online?.macroRecall.value), shown(scores?.macroRecall)),
    equals(`${name}: confusion`, JSON.stringify(confusion), JSON.stringify(scores?.confusion.counts)),
  ];
}

function truthsIn(variants: readonly VariantSummary[]): number {
  return variants.reduce((sum, { classification }) => sum + (classification?.count ?? 0), 0);
}
