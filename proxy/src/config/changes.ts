import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";
import { comparableConfig, MASK, publicConfig } from "./file-form.ts";

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

/** One place of a configuration, as operators see it and with its secrets. */
interface Place {
  readonly shown: unknown;
  readonly bare: unknown;
}

/**
 * What differs between two configurations; a secret that differs is listed without being said. The last entry of a
 * list that was cut says by how many.
 */
export function listChanges(before: Config, after: Config): Change[] {
  const changes = differences("", placeOf(before), placeOf(after));
  const left = changes.length - LISTED;
  return left > 0 ? [...changes.slice(0, LISTED), { path: `… and ${left} more` }] : changes;
}

function differences(path: string, before: Place, after: Place): Change[] {
  if (isDeepStrictEqual(before.bare, after.bare)) return [];
  if (
    !isContainer(before.bare) ||
    !isContainer(after.bare) ||
    Array.isArray(before.bare) !== Array.isArray(after.bare)
  )
    return [changeOf(path, before, after)];
  const isList = Array.isArray(before.bare);
  const keys = new Set([...Object.keys(before.bare), ...Object.keys(after.bare)]);
  return [...keys].flatMap((key) =>
    differences(join(path, key, isList), placeIn(before, key), placeIn(after, key)),
  );
}

function changeOf(path: string, before: Place, after: Place): Change {
  if (isDeepStrictEqual(before.shown, after.shown)) return { path, from: MASK, to: MASK };
  return {
    path,
    ...(before.shown === undefined ? {} : { from: before.shown }),
    ...(after.shown === undefined ? {} : { to: after.shown }),
  };
}

function placeOf(config: Config): Place {
  return { shown: publicConfig(config), bare: comparableConfig(config) };
}

function placeIn({ shown, bare }: Place, key: string): Place {
  return { shown: valueAt(shown, key), bare: valueAt(bare, key) };
}

function valueAt(holder: unknown, key: string): unknown {
  return isContainer(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function join(path: string, key: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}
