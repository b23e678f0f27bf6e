import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLogFile } from "./log-file.ts";
import type { ProcessPlan } from "./plan.ts";
import { claimPorts } from "./ports.ts";
import { RESTART_BUDGET } from "./restart-budget.ts";
import { createSupervisor } from "./supervisor.ts";

test("a watch that fails ends the supervision instead of leaving a process unwatched", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "blindsplit-watch-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "one.yaml");
  writeFileSync(config, "");
  const [port = 0] = await claimPorts([{ use: "one", flag: "", host: "127.0.0.1", port: 0 }]);
  const url = `http://127.0.0.1:${port}`;
  const plan: ProcessPlan = {
    name: "one",
    title: "worker one",
    args: [join(import.meta.dirname, "standin/program.ts"), "--config", config, "--port", String(port)],
    cwd: folder,
    environment: {},
    readyUrl: `${url}/readyz`,
    url,
  };
  const nothing = () => undefined;
  const supervisor = createSupervisor({
    execPath: process.execPath,
    stopOrder: [[plan]],
    openLog: ({ name }) => openLogFile(join(folder, `${name}.log`), 1_000, nothing),
    budget: RESTART_BUDGET,
    startupLimits: { silenceMs: 30_000, totalMs: 30_000 },
    stopLimitMs: 1_000,
    now: () => performance.now(),
    report: {
      ready: nothing,
      stillStarting: nothing,
      line: nothing,
      died: () => assert.fail("the terminal is gone"),
      restarted: nothing,
      killed: nothing,
    },
  });
  t.after(() => supervisor.stop());
  await supervisor.start();
  process.kill(supervisor.pid("one") ?? assert.fail("no process"), "SIGKILL");
  const reason = await supervisor.spent;
  assert.equal(reason.code, "supervision_failed");
  assert.match(reason.message, /worker one is no longer watched: everything stops \(the terminal is gone\)/);
});
