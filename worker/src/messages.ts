import type * as z from "zod";

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

/**
 * The wording of what a schema finds in settings and model files: value, limit, remedy.
 * @param mapping how a mapping is written where the value comes from
 */
export function wording(mapping: string): (issue: RawIssue) => string | undefined {
  return (issue) => {
    switch (issue.code) {
      case "invalid_type":
        return wrongType(issue.expected, issue.input, mapping);
      case "too_small":
        if (issue.origin === "string") return "is empty; give it a value";
        return `${shown(issue.input)} is too small; write ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
      case "too_big":
        if (issue.origin !== "string")
          return `${shown(issue.input)} is too large; write at most ${issue.maximum}`;
        return `a text of ${String(issue.input).length} characters is too large: the most is ${issue.maximum}`;
      case "invalid_value":
        return `${shown(issue.input)} is not possible here; write one of ${issue.values.map(String).join(", ")}`;
      default:
        return undefined;
    }
  };
}

/** `"many" is no whole number`. */
export function isNo(kind: string, input: unknown): string {
  return input === null ? "is empty" : `${shown(input)} is no ${kind}`;
}

function wrongType(expected: string, input: unknown, mapping: string): string {
  if (input === undefined) return "is missing; add it";
  switch (expected) {
    case "string":
      return `${isNo("text", input)}; write one in quotes`;
    case "record":
      return `${isNo("mapping", input)}; write ${mapping}`;
    case "object":
      return `${isNo("mapping", input)}; write one`;
    default:
      return `${isNo(expected === "int" ? "whole number" : expected, input)}; write one`;
  }
}

function shown(input: unknown): string {
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object" && input !== null) return "a mapping";
  const text = typeof input === "string" ? JSON.stringify(input) : String(input);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
