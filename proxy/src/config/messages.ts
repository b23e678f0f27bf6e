import type { z } from "zod";
import { nearest } from "./nearest.ts";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/** The wording of what the schema finds: value, limit, remedy. Formats with a remedy of their own say it in schema.ts. */
export function message(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, issue.input);
    case "too_small":
      return `${size(issue)} is too small: the least is ${issue.minimum}`;
    case "too_big":
      return `${size(issue)} is too large: the most is ${issue.maximum}`;
    case "invalid_value":
      return `${shown(issue.input)} is not possible here: use ${issue.values.map(String).join(", ")}`;
    default:
      return undefined;
  }
}

/** @param schema the object schema that did not know the key */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined
    ? `is no known key: remove it (known here: ${known.join(", ")})`
    : `is no known key: did you mean ${meant}?`;
}

const KINDS: Readonly<Record<string, string>> = {
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function wrongType(expected: string, input: unknown): string {
  const wanted = KINDS[expected] ?? expected;
  if (input === undefined) return `is missing: give it ${wanted}`;
  if (input === null) return `is empty: give it ${wanted}, or remove the key`;
  // What should be text may be a secret that merely looks like a number.
  if (expected === "string") return `must be text, and is ${kindOf(input)}: put it in quotes`;
  return `must be ${wanted}, and is ${shown(input)}`;
}

function size({ input, origin }: { input?: unknown; origin: string }): string {
  if (origin === "string" && typeof input === "string") return `a text of ${input.length} characters`;
  if (Array.isArray(input)) return `a list of ${input.length}`;
  return shown(input);
}

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  return typeof input === "object" ? "a map of keys" : `a ${typeof input}`;
}

/** A value in a message, cut at 80 characters. */
export function shown(input: unknown): string {
  if (input === undefined) return "missing";
  if (typeof input === "object" && input !== null) return kindOf(input);
  const text = typeof input === "number" ? String(input) : JSON.stringify(input);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
