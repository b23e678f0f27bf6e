import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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

async function predict(screen: string): Promise<number> {
  const answer = await fetch(`${urlOn(screen, "gateway")}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"text":"what a lovely day"}',
  });
  await answer.text();
  return answer.status;
}

test("the real system answers, survives the death of a worker, and ends with SIGTERM", async (t) => {
  const running = startHere(t, unchanged);
  const { screen, pids } = await readyScreen(running);
  assert.equal(pids.length, 4);
  assert.equal(await predict(screen), 200);

  const worker = Number(screen.match(/worker roberta .*pid (\d+)/)?.[1]);
  process.kill(worker, "SIGKILL");
  const [, pid] = await running.prints(/worker roberta is back \(pid (\d+)\)/);
  assert.equal((await fetch(`${urlOn(screen, "worker roberta")}/readyz`)).status, 200);

  running.process.kill("SIGTERM");
  assert.equal(await running.ended, 0);
  assert.doesNotMatch(running.printed(), /was killed/);
  assertNoneAlive([...pids, Number(pid)]);
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
  assert.match(running.printed(), /gateway did not start[\s\S]*experiment\.yaml:\d+[\s\S]*\b90\b/);
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
