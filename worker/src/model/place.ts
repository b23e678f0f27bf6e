import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** Where a model comes from. */
export type ModelPlace =
  | { readonly kind: "directory" /** Absolute. */; readonly path: string }
  | { readonly kind: "hub" /** `owner/name`. */; readonly id: string; readonly revision: string };

const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/** A directory that is there wins; then what looks like `owner/name` is a model of the hub. */
export function placeOf(model: string, revision: string, base: string): ModelPlace {
  const path = resolve(base, model);
  if (!HUB_ID.test(model) || existsSync(path)) return { kind: "directory", path };
  return { kind: "hub", id: model, revision };
}
