import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { configuration } from "../support/running-proxy.ts";
import { writeFiles } from "../support/terminal.ts";
import { exposures, startExperiment, total } from "./experiment.ts";
import { runCommand } from "./processes.ts";

const GATEWAY = join(import.meta.dirname, "../../proxy/src/main.ts");

/** The gateway's own entry, as in its image. */
function runGateway(argv: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string; err: string }>();
  execFile(process.execPath, [GATEWAY, ...argv], { env: {} }, (error, out, err) =>
    resolve({ code: error === null ? 0 : error.code, out, err }),
  );
  return promise;
}

test("the gateway's commands are the same through the whole product's entry", async (t) => {
  const yaml = configuration({ a: "http://127.0.0.1:1", b: "http://127.0.0.1:2" }, [50, 50]);
  const path = await writeFiles(t, { "experiment.yaml": yaml });
  for (const argv of [["check", path("experiment.yaml")], ["--version"], ["chek"]])
    assert.deepEqual(await runCommand(argv), await runGateway(argv), argv.join(" "));
});

test("--help lists every command; the gateway alone says where the others live", async () => {
  const { out } = await runCommand(["--help"]);
  for (const command of [
    "check FILE",
    "check OLD NEW",
    "force-token",
    "judge",
    "report",
    "plan",
    "outcomes send FILE",
  ])
    assert.match(out, new RegExp(`^ +blindsplit ${command} `, "m"));
  const alone = await runGateway(["judge"]);
  assert.deepEqual([alone.code, alone.out], [2, ""]);
  assert.match(alone.err, /npm run blindsplit -- judge/);
});

test("the judge's own mistakes", async () => {
  assert.match((await runCommand(["help", "judge"])).out, /--once.*--at TIME/s);
  const flag = await runCommand(["judge", "--onse"]);
  assert.deepEqual([flag.code, flag.out], [2, ""]);
  assert.match(flag.err, /^blindsplit judge: Unknown option '--onse'\n--help lists the options\n$/);
  const file = await runCommand(["judge", "--config", "/nowhere/experiment.yaml"]);
  assert.equal(file.code, 1);
  assert.match(file.err, /^blindsplit judge: the configuration cannot be used\n/);
  const outcomes = await runCommand(["outcomes"]);
  assert.deepEqual(
    [outcomes.code, outcomes.err],
    [2, "blindsplit: outcomes is no command: there is outcomes send FILE\n"],
  );
});

test("one look counts what is there, keeps it, and names no variant", async (t) => {
  const experiment = await startExperiment(t);
  const gateway = await experiment.gateway();
  await gateway.send(10);
  const first = await runCommand(["judge", "--config", experiment.config, "--once"]);
  assert.equal(first.code, 0, first.err);
  const masked = JSON.parse(first.out) as { looks: number; exposures: number };
  assert.deepEqual([masked.looks, masked.exposures], [1, 10]);
  assert.doesNotMatch(first.out, /control|treatment/);
  const judge = await experiment.judge();
  await gateway.send(5);
  const verdict = await judge.until("15 exposures", (found) => total(exposures(found)) === 15);
  assert.ok(verdict.looks > 1);

  const past = await runCommand([
    "judge",
    "--config",
    experiment.config,
    "--once",
    "--at",
    "2026-01-01T00:00Z",
  ]);
  assert.equal(past.code, 1);
  assert.match(past.err, /a look at the past needs a Prometheus/);
});
