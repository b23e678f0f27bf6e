import { BUCKETS, createAssignment } from "../../../proxy/src/experiment/assignment.ts";
import { Caller, requestHead } from "../../load/support/caller.ts";

/** No more ids than this are tried for one experiment; ten variants need some eight thousand. */
const MOST_IDS = 1_000_000;
const CALLERS = 16;
/** An exposure, and an exposure that ended with a 5xx: each family of bucket counters gets one. */
const STATUSES = [200, 500] as const;

/** One unit for each pair of a variant and an analysis bucket, found as the gateway would assign it. */
export function unitsOfAllCells(weights: readonly number[]): readonly string[] {
  const assignment = createAssignment({ salt: "", weights });
  const units = new Map<number, string>();
  for (let number = 0; units.size < weights.length * BUCKETS; number++) {
    if (number === MOST_IDS) throw new Error(`${MOST_IDS} ids do not fill every bucket of every variant`);
    const id = `unit-${number}`;
    const { variant, analysisBucket } = assignment.assign(id);
    const cell = variant * BUCKETS + analysisBucket;
    if (!units.has(cell)) units.set(cell, id);
  }
  return [...units.values()];
}

/** Sends what makes every counter of every bucket of every variant more than 0. */
export async function fill(port: number, weights: readonly number[]): Promise<void> {
  const requests = unitsOfAllCells(weights).flatMap((id) =>
    STATUSES.map((status) => ({
      bytes: requestHead("GET", `/${status}`, { kind: "header", id }, false),
      status,
    })),
  );
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      const caller = new Caller(port);
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const { answer, failure } = await caller.call(request.bytes);
        if (answer?.status !== request.status)
          throw new Error(`a request for ${request.status} got ${answer?.status ?? failure}`);
      }
      caller.close();
    }),
  );
}
