import { type Calls, type Counts, NO_CALLS } from "./calls.ts";
import type { Channel } from "./channel.ts";

/** How far the messages of one receiver are: its channels, by what became of them. */
export interface Progress {
  /** All of that kind took theirs. */
  readonly taken: readonly string[];
  /** A message was given up. */
  readonly lost: readonly string[];
  /** Neither, but calls failed. */
  readonly failing: readonly string[];
  /** Nothing happened. */
  readonly silent: readonly string[];
}

/** @param shared kinds whose counts may be another receiver's: one lost there is no verdict, for ours may still be taken */
export function readProgress(
  channels: readonly Channel[],
  { before, after }: { readonly before: Counts; readonly after: Counts },
  shared: ReadonlySet<string>,
): Progress {
  const states = channels.map(({ kind, count }): readonly [keyof Progress, string] => {
    const grown = subtract(after.byKind.get(kind) ?? NO_CALLS, before.byKind.get(kind) ?? NO_CALLS);
    if (grown.lost > 0 && !shared.has(kind)) return ["lost", kind];
    if (grown.taken >= count) return ["taken", kind];
    return [grown.failed > 0 || grown.lost > 0 ? "failing" : "silent", kind];
  });
  const of = (wanted: keyof Progress) => states.filter(([state]) => state === wanted).map(([, kind]) => kind);
  return { taken: of("taken"), lost: of("lost"), failing: of("failing"), silent: of("silent") };
}

function subtract(after: Calls, before: Calls): Calls {
  return {
    taken: after.taken - before.taken,
    failed: after.failed - before.failed,
    lost: after.lost - before.lost,
  };
}
