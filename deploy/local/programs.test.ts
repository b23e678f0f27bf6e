import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { assertNoneAlive, gone, type Running, startCheckout, urlOn } from "./standin/checkout.ts";

/* The supervisor with the real gateway, the real workers and the bundled models. */

const root = join(import.meta.dirname, "../..");

function startHere(
  t: TestContext,
  edit: (experiment: string) => string,
  args: readonly string[] = [],
  command?: readonly [string, ...string[]],
): Running {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-programs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const upstream = (name: string) => `\${BLINDSPLIT_WORKER_${name.toUpperCase()}}`;
  const variant = (name: string) => `  - { name: ${name}, weight: 50, upstreams: ["${upstream(name)}"] }`;
  const experiment = [
    "experiment: { name: local }",
    "variants:",
    variant("distilbert"),
    variant("roberta"),
    "",
  ];
  const config = join(folder, "experiment.yaml");
  writeFileSync(config, edit(experiment.join("\n")));
  return startCheckout(
    t,
    { root },
    ["--config", config, "--log-dir", join(folder, "logs"), ...args],
    {},
    command,
  );
}

const unchanged = (experiment: string) => experiment;

async function readyScreen(running: Running): Promise<{ screen: string; pids: number[] }> {
  const screen = (await running.prints(/is running[\s\S]*Ctrl-C/))[0];
  return { screen, pids: [...screen.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid)) };
}

async function post(screen: string, path: string, body: unknown): Promise<Response> {
  const answer = await fetch(`${urlOn(screen, "gateway")}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await answer.clone().arrayBuffer();
  return answer;
}

const predict = (screen: string) => post(screen, "/predict", { text: "what a lovely day" });

test("the real system answers, survives the death of a worker, and ends with SIGTERM", async (t) => {
  const running = startHere(t, unchanged);
  const { screen, pids } = await readyScreen(running);
  assert.equal(pids.length, 4);
  assert.equal((await predict(screen)).status, 200);

  const worker = Number(screen.match(/worker roberta .*pid (\d+)/)?.[1]);
  process.kill(worker, "SIGKILL");
  const [, pid] = await running.prints(/worker roberta is back \(pid (\d+)\)/);
  assert.equal((await fetch(`${urlOn(screen, "worker roberta")}/readyz`)).status, 200);

  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assert.doesNotMatch(running.printed(), /was killed/);
  assertNoneAlive([...pids, Number(pid)]);
});

test("what callers report with an answer's token is counted, and the judge looks at it", async (t) => {
  const running = startHere(
    t,
    (experiment) =>
      `${experiment}outcomes: { secrets: "\${BLINDSPLIT_OUTCOME_SECRET:-}" }\njudge: { url: "\${BLINDSPLIT_JUDGE_URL}", step: 1s }\n`,
  );
  const { screen } = await readyScreen(running);
  const token = (await predict(screen)).headers.get("x-outcome-token");
  assert.equal((await post(screen, "/-/outcomes", { token, outcome: "converted" })).status, 202);

  const judge = urlOn(screen, "judge");
  let verdict: { exposures?: number; masked?: boolean } = {};
  while (verdict.exposures !== 1) {
    verdict = (await (await fetch(`${judge}/verdict`)).json()) as typeof verdict;
    await pause(100);
  }
  assert.equal(verdict.masked, true);

  const [, command = ""] = /verdict +npm run report -- (.*)/.exec(screen) ?? [];
  const program = join(root, "analysis/src/main.ts");
  const env = {
    BLINDSPLIT_JUDGE_URL: judge,
    BLINDSPLIT_WORKER_DISTILBERT: urlOn(screen, "worker distilbert"),
    BLINDSPLIT_WORKER_ROBERTA: urlOn(screen, "worker roberta"),
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program, "report", ...command.split(" ")], {
    env,
  });
  assert.match(stdout, /^NOT ENOUGH DATA/);
});

test("the real system leaves no orphan when the supervisor is killed", async (t) => {
  const running = startHere(t, unchanged);
  const { pids } = await readyScreen(running);
  running.process.kill("SIGKILL");
  assert.equal(await running.ended, "SIGKILL");
  await gone(pids);
});

test("SIGTERM to npm itself ends everything: npm hands it to its shell, so the script has to replace that", async (t) => {
  const running = startHere(t, unchanged, [], ["npm", "start", "--"]);
  const { pids } = await readyScreen(running);
  running.process.kill("SIGTERM");
  await running.ended;
  await gone(pids);
});

test("weights that do not add up are told with their place", async (t) => {
  const running = startHere(t, (experiment) => experiment.replace("weight: 50", "weight: 40"));
  assert.equal(await running.ended, 1);
  // Both read the file, and the one that is first to refuse it is quoted.
  assert.match(running.printed(), /(?:gateway|judge) did not start[\s\S]*experiment\.yaml:\d+[\s\S]*\b90\b/);
});

test("a model that is missing is told with its path", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-worker-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = ["distilbert", "roberta"].map((name) => {
    const shipped = readFileSync(join(root, `config/workers/${name}.yaml`), "utf8");
    const file = join(folder, `${name}.yaml`);
    const model = name === "roberta" ? "/nowhere/roberta" : join(root, "worker/models/distilbert-mini-sst2");
    writeFileSync(file, shipped.replace(/^model: .*$/m, `model: ${model}`));
    return file;
  });
  const running = startHere(
    t,
    unchanged,
    files.flatMap((file) => ["--worker", file]),
  );
  assert.equal(await running.ended, 1);
  assert.match(running.printed(), /worker roberta did not start[\s\S]*\/nowhere\/roberta/);
  assert.equal(running.printed().match(/cannot read the model file/g)?.length, 1);
});
