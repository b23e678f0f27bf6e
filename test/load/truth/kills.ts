import type { JudgeProcess } from "../support/judge-process.ts";
import type { ProxyProcess } from "../support/processes.ts";
import type { Run } from "../support/run.ts";
import type { Model } from "./models.ts";

interface Victims {
  readonly proxy: ProxyProcess;
  readonly judge: JudgeProcess;
  readonly models: readonly Model[];
  /** Answers there will be. */
  readonly of: number;
}

/** Who is killed at which share of the way, each while the others work on. */
export function killOnTheWay(run: Run, { proxy, judge, models, of }: Victims) {
  const treatment = models.at(-1);
  const plan = [
    { at: 0.3, name: "gateway", kill: () => restart(proxy) },
    { at: 0.45, name: "worker", kill: () => treatment?.killAndStart() },
    { at: 0.6, name: "judge", kill: () => restart(judge) },
    { at: 0.75, name: "gateway", kill: () => restart(proxy) },
  ];
  const told: string[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** So many answers are there. */
    passed(done: number): void {
      while (plan[0] !== undefined && done >= plan[0].at * of) {
        const due = plan.shift();
        if (due === undefined) return;
        told.push(`${due.name} after ${done}`);
        run.say(`kill -9: ${due.name} after ${done} answers`);
        last = last.then(due.kill);
      }
    },
    /** Everything that was killed is back. */
    ended: () => last,
    told: () => told.join(", "),
  };
}

async function restart(process: Pick<ProxyProcess | JudgeProcess, "child" | "start">): Promise<void> {
  process.child().signal("SIGKILL");
  await process.child().stop();
  await process.start();
}
