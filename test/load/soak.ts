/*
 * Memory over a long run with reloads and restarts of an upstream. `npm run load:soak [-- --requests N]`.
 */
import { smallRequest } from "./support/caller.ts";
import { failureOf, runCrowd, until } from "./support/crowd.ts";
import { Kinds, keeps, tells } from "./support/findings.ts";
import { HeapReader, INSPECTABLE } from "./support/heap.ts";
import { quietBytes } from "./support/memory.ts";
import { startProxy, startUpstream, twoVariants } from "./support/processes.ts";
import { runLoad } from "./support/run.ts";
import { unitOf, type Weights } from "./support/units.ts";

const CALLERS = 32;
const UNITS = 50_000;
const RELOADS = 100;
const RESTARTS = 20;
const QUIET_MS = 5_000;
const GROWTH_LIMIT_PERCENT = 5;
const STALL_LIMIT_MS = 10 * 60_000;
const SPLITS: readonly Weights[] = [
  [50, 50],
  [60, 40],
  [30, 70],
];
/** Shares of the requests after which memory is read. */
const MARKS = [0.1, 0.5, 1];

await runLoad(process, "load:soak", { defaults: { requests: 2_000_000 }, limitMinutes: 120 }, async (run) => {
  const total = run.count("requests");
  const [a1, a2, b1] = await Promise.all(["a1", "a2", "b1"].map((name) => startUpstream(run, name)));
  if (a1 === undefined || a2 === undefined || b1 === undefined) throw new Error("no upstreams");
  const stage = (index: number) =>
    twoVariants(
      SPLITS[index % SPLITS.length] ?? [50, 50],
      index % 2 === 0 ? [a1, a2] : [a2, a1],
      [b1],
      `upstream: { max_in_flight: ${512 + (index % 2)} }`,
    );
  const proxy = await startProxy(run, stage(0), "proxy", [INSPECTABLE]);
  const heap = new HeapReader(proxy.child());
  const failures = new Kinds();
  let [sent, done, limit, reloads, restarts] = [0, 0, 0, 0, 0];
  let running = true;

  const every = async (times: number, act: (index: number) => Promise<void>) => {
    for (let index = 1; index < times && running; index++) {
      await until(() => done >= (index * total) / times || !running, "the next event", STALL_LIMIT_MS, 50);
      if (running) await act(index);
    }
  };
  const events = Promise.all([
    every(RELOADS, async (index) => {
      await proxy.write(stage(index));
      await proxy.reload();
      reloads++;
    }),
    every(RESTARTS, async () => {
      await a2.stop();
      await a2.start();
      restarts++;
      run.say(`${done} requests, ${reloads} reloads, ${restarts} restarts, failed: ${failures}`);
    }),
  ]);

  const marks: { resident: number; retained: number }[] = [];
  try {
    for (const mark of MARKS) {
      limit = Math.round(total * mark);
      await runCrowd({
        ...{ port: proxy.port, size: CALLERS, repeats: true, more: () => sent < limit },
        request() {
          const unit = sent++ % UNITS;
          return { bytes: smallRequest(unitOf(unit, unit % 3 === 0 ? "cookie" : "header")), note: undefined };
        },
        seen(outcome) {
          done++;
          const failure = failureOf(outcome);
          if (failure !== undefined) failures.add(failure);
        },
      });
      const resident = await quietBytes(proxy.child().pid, QUIET_MS);
      const retained = await heap.collect();
      marks.push({ resident, retained });
      run.say(
        `${mark * 100} %: ${megabytes(resident)} resident, ${megabytes(retained)} of heap after a collection`,
      );
    }
    await events;
  } finally {
    running = false;
  }
  const growth = (kind: "resident" | "retained") => {
    const [first, last] = [marks[0]?.[kind] ?? Number.NaN, marks.at(-1)?.[kind] ?? Number.NaN];
    return (100 * (last - first)) / first;
  };
  return [
    tells("requests", done),
    tells("reloads, restarts of an upstream", `${reloads}, ${restarts}`),
    tells("failed beside the restarts", `${failures.total} (${failures})`),
    ...marks.map(({ resident, retained }, index) =>
      tells(
        `at ${(MARKS[index] ?? 0) * 100} %: resident, heap after a collection`,
        `${megabytes(resident)}, ${megabytes(retained)}`,
      ),
    ),
    keeps("growth of resident memory, first to last", growth("resident"), GROWTH_LIMIT_PERCENT, "%"),
    tells("growth of the heap after a collection", `${growth("retained").toFixed(1)} %`),
  ];
});

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
