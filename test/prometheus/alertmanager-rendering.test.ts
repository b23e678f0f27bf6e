import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { writeCommittedConfiguration } from "../../prometheus/src/alertmanager/render.ts";
import { amtool, assertAlertmanagerInstalled, temporaryFolder } from "./alertmanager.ts";

before(assertAlertmanagerInstalled);

const sources = join(import.meta.dirname, "../../prometheus/src");
const script = join(sources, "alertmanager/main.ts");

const secrets = {
  BLINDSPLIT_TELEGRAM_TOKEN: "123456:a-made-up-token",
  BLINDSPLIT_SLACK_WEBHOOK: "https://hooks.slack.example/services/a-made-up-path",
  BLINDSPLIT_SMTP_PASSWORD: "a-made-up-password",
  BLINDSPLIT_HEARTBEAT_URL: "https://watchdog.example/a-made-up-id",
};
const everything = {
  ...secrets,
  BLINDSPLIT_TELEGRAM_CHAT: "-1001234567890",
  BLINDSPLIT_SMTP_HOST: "mail.example.org",
  BLINDSPLIT_SMTP_FROM: "Blindsplit <alerts@example.org>",
  BLINDSPLIT_SMTP_TO: "a@example.org, b@example.org",
  BLINDSPLIT_SMTP_USER: "alerts@example.org",
  BLINDSPLIT_DRILL_URL: "http://host.docker.internal:9099/",
  BLINDSPLIT_ON_CALL_WEBHOOK: "http://127.0.0.1:1/on-call",
  BLINDSPLIT_TICKETS_WEBHOOK: "http://127.0.0.1:1/tickets",
  BLINDSPLIT_EXPERIMENT_WEBHOOK: "http://127.0.0.1:1/experiment",
};

function render(env: Readonly<Record<string, string>>, args: readonly string[] = [], file = script) {
  return spawnSync(process.execPath, [file, ...args], { encoding: "utf8", env });
}

test("the committed configuration is the generated one, byte for byte", async () => {
  const committed = await readFile(join(sources, "../alertmanager.yml"), "utf8");
  assert.equal(committed, writeCommittedConfiguration(), "npm run generate writes it");
});

for (const [says, env] of [
  ["no secrets", {}],
  ["all secrets", everything],
] as const)
  test(`Alertmanager accepts the configuration with ${says}, at every pace`, async (t) => {
    const file = join(await temporaryFolder(t), "alertmanager.yml");
    for (const scale of ["1", "1/30", "0.001"]) {
      const { status, stderr } = render(env, ["--out", file, "--time-scale", scale]);
      assert.equal(status, 0, stderr);
      const checked = amtool(["check-config", file]);
      assert.equal(checked.status, 0, checked.said);
    }
  });

test("each receiver without secrets is named on standard error, with its variables", () => {
  const { stdout, stderr } = render({});
  for (const name of ["on-call", "tickets", "experiment", "heartbeat"])
    assert.match(stderr, new RegExp(`"${name}" delivers nowhere .*BLINDSPLIT_`));
  assert.equal(JSON.parse(stdout).receivers.length, 7);
  assert.equal(render(everything).stderr, "");
});

test("secrets stand in the configuration and nowhere else", async (t) => {
  const file = join(await temporaryFolder(t), "alertmanager.yml");
  const { stdout, stderr } = render(everything, ["--out", file]);
  const written = await readFile(file, "utf8");
  for (const secret of Object.values(secrets)) {
    assert.ok(written.includes(secret), secret);
    assert.ok(!`${stdout}${stderr}`.includes(secret), secret);
  }
});

test("the file is its owner's alone, also where another one stood", async (t) => {
  const file = join(await temporaryFolder(t), "alertmanager.yml");
  await writeFile(file, "{}", { mode: 0o666 });
  render(everything, ["--out", file]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("what is wrong is said, and the file that was there stays", async (t) => {
  const file = join(await temporaryFolder(t), "alertmanager.yml");
  await writeFile(file, "{}");
  const wrong = { ...everything, BLINDSPLIT_TELEGRAM_CHAT: "@on-call", BLINDSPLIT_SLACK_WEBHOOK: "hook" };
  const { status, stdout, stderr } = render(wrong, ["--out", file]);
  assert.equal(status, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /BLINDSPLIT_TELEGRAM_CHAT is "@on-call"/);
  assert.match(stderr, /BLINDSPLIT_SLACK_WEBHOOK \(4 characters, not shown\) is no URL/);
  assert.equal(await readFile(file, "utf8"), "{}");
});

test("a folder that is not there is an error that names it", () => {
  const { status, stderr } = render({}, ["--out", "/nowhere/alertmanager.yml"]);
  assert.equal(status, 1);
  assert.match(stderr, /ENOENT.*\/nowhere\/alertmanager\.yml/);
});

test("an option that is none ends with 2", () => {
  for (const args of [["--scale", "2"], ["--time-scale", "2"], ["--time-scale", "1/0"], ["file"]]) {
    const { status, stderr } = render({}, args);
    assert.equal(status, 2, stderr);
  }
});

test("Node alone runs it: no package is installed where it stands", async (t) => {
  const folder = await temporaryFolder(t);
  for (const part of ["alertmanager", "duration.ts"])
    await cp(join(sources, part), join(folder, part), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  const { status, stdout, stderr } = render({}, [], join(folder, "alertmanager/main.ts"));
  assert.equal(status, 0, stderr);
  assert.equal(stdout, render({}).stdout);
});
