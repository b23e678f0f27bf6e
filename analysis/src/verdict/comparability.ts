import type { WorkerEvidence } from "../evidence/worker-book.ts";
import type { Check } from "./verdict.ts";

/** Said, but meant: another number format of the weights is another model. */
const MAY_DIFFER: ReadonlySet<string> = new Set(["dtype"]);

/**
 * Whether all workers run alike: else a difference between the variants would be one of their machines. Services that are
 * no workers of ours do not say, and then it is unknown.
 */
export function compareWorkers(workers: readonly WorkerEvidence[]): {
  readonly check: Check;
  readonly differences: readonly string[];
} {
  if (workers.some(({ replicas, settings }) => replicas === 0 || settings.size === 0))
    return { check: "unknown", differences: [] };
  const differing: { name: string; text: string }[] = [];
  if (new Set(workers.map(({ replicas }) => replicas)).size > 1)
    differing.push({
      name: "replicas",
      text: say("replicas", workers, ({ replicas }) => [String(replicas)]),
    });
  const names = new Set(workers.flatMap(({ settings }) => [...settings.keys()]));
  for (const name of names) {
    const valuesOf = (worker: WorkerEvidence) =>
      [...(worker.settings.get(name) ?? ["unknown"])].sort(inOrder);
    const values = new Set(workers.flatMap(valuesOf));
    if (values.size > 1) differing.push({ name, text: say(name, workers, valuesOf) });
  }
  const isComparable = differing.every(({ name }) => MAY_DIFFER.has(name));
  return { check: isComparable ? "ok" : "failed", differences: differing.map(({ text }) => text) };
}

function say(
  name: string,
  workers: readonly WorkerEvidence[],
  valuesOf: (worker: WorkerEvidence) => readonly string[],
): string {
  const each = workers.map((worker) => `${worker.variant} ${valuesOf(worker).join(" and ")}`);
  return `${name}: ${each.join(", ")}`;
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
