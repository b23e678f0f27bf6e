import { createHash } from "node:crypto";
import type { LoadedConfig } from "../config/load.ts";
import type { KnownStop } from "./known-stops.ts";

const HEX_DIGITS = 12;

/** Of what runs: the configuration's own hash while nobody is stopped, else one of it and of who is. */
export function effectiveHash({ hash }: LoadedConfig, stops: readonly KnownStop[]): string {
  if (stops.length === 0) return hash;
  const stopped = stops.map(({ variant }) => variant).sort();
  return createHash("sha256")
    .update(JSON.stringify([hash, stopped]))
    .digest("hex")
    .slice(0, HEX_DIGITS);
}
