import { HTTP, OWN, SINGLE } from "./contestants.ts";
import type { Model } from "./model.ts";
import type { Comparison } from "./proof.ts";
import { BARE_SINGLE } from "./rounds.ts";
import type { Row } from "./summary.ts";

/** P50 of the systems that serve these architectures with FastAPI and PyTorch, as they state it, in milliseconds. */
const REFERENCE_MS: Readonly<Record<string, string>> = { distilbert: "60-70", roberta: "100-120" };

/** What the figures say beyond the promises: P50 at 30 tokens, the share of HTTP, batches beside single texts. */
export function remarksOf(
  model: Model,
  rows: readonly Row[],
  batched: ReadonlyMap<string, Comparison>,
): readonly string[] {
  const find = (contestant: string, callers: number) =>
    rows.find((row) => row.contestant === contestant && row.callers === callers);
  return [
    ...thirtyTokens(model, find(OWN, 1), find(BARE_SINGLE, 1)),
    ...shareOfHttp(find(OWN, 32), find(HTTP, 32)),
    ...batchedOf(batched, find(OWN, 32), find(SINGLE, 32)),
  ];
}

function thirtyTokens(model: Model, own: Row | undefined, bare: Row | undefined): readonly string[] {
  if (own?.thirtyMs === undefined || bare?.thirtyMs === undefined) return [];
  const reference = REFERENCE_MS[model.type];
  const beside = model.isFullSize && reference !== undefined ? `, the reference system ${reference} ms` : "";
  return [
    `P50 at 28 to 32 tokens, 1 caller: ${own.thirtyMs.toFixed(2)} ms (bare session.run ${bare.thirtyMs.toFixed(2)} ms${beside})`,
  ];
}

function shareOfHttp(own: Row | undefined, http: Row | undefined): readonly string[] {
  if (own === undefined || http === undefined) return [];
  const share = (100 * http.cpuUs) / own.cpuUs;
  return [
    `HTTP alone takes ${http.cpuUs.toFixed(0)} µs of CPU, ${share.toFixed(1)} % of what a prediction takes at 32 callers (${own.cpuUs.toFixed(0)} µs)`,
  ];
}

function batchedOf(
  batched: ReadonlyMap<string, Comparison>,
  own: Row | undefined,
  single: Row | undefined,
): readonly string[] {
  const said = [...batched].map(
    ([name, { texts, largest, otherLabels }]) =>
      `${name}, ${texts} texts by 32 callers beside single runs: largest difference of a score ${largest.toExponential(1)}, ${otherLabels} other labels`,
  );
  if (own === undefined || single === undefined) return said;
  const rate = `${single.perSecond.toFixed(1)} instead of ${own.perSecond.toFixed(1)} predictions/s`;
  return [
    ...said,
    `max_batch_size 1, which makes answers equal, gives ${rate} (${(single.perSecond / own.perSecond).toFixed(2)} ×)`,
  ];
}
