import { isDeepStrictEqual } from "node:util";

export interface Change {
  /** Such as `variants[0].weight`. */
  readonly path: string;
  /** Absent where the key was not there. */
  readonly from?: unknown;
  /** Absent where the key is gone. */
  readonly to?: unknown;
}

/** Beyond this many a list no longer helps whoever reads the log. */
const LISTED = 50;

/**
 * What differs between two configurations.
 *
 * @param shown both in the form that operators see, secrets masked
 * @param raw both as they are: a masked value that differs is listed as changed
 */
export function listChanges(
  shown: { readonly before: unknown; readonly after: unknown },
  raw: { readonly before: unknown; readonly after: unknown },
): Change[] {
  const changes = differences("", shown.before, shown.after);
  if (changes.length === 0 && !isDeepStrictEqual(raw.before, raw.after))
    return [{ path: "a masked value", from: "***", to: "***" }];
  return changes.slice(0, LISTED);
}

function differences(path: string, before: unknown, after: unknown): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [
      {
        path,
        ...(before === undefined ? {} : { from: before }),
        ...(after === undefined ? {} : { to: after }),
      },
    ];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(join(path, key, Array.isArray(before)), before[key], after[key]),
  );
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function join(path: string, key: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
