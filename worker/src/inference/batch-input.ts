import type { Batch } from "./protocol.ts";
import type { Entry } from "./request.ts";

/** The sequences of a batch → what is handed to the inference thread. All are of one kind: a model takes one. */
export function toBatch(entries: readonly Entry[]): Batch {
  const texts = entries.flatMap(({ sequence }) => (typeof sequence === "string" ? sequence : []));
  if (texts.length > 0) return { kind: "text", texts };
  const lengths = entries.map(({ sequence }) => sequence.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const { sequence } of entries) {
    if (typeof sequence === "string") continue;
    ids.set(sequence, at);
    at += sequence.length;
  }
  return { kind: "tokens", ids, lengths };
}
