import type { MaskedVerdict } from "../../verdict/masked-verdict.ts";
import type { Verdict } from "../../verdict/verdict.ts";

/** The report for programs: the line of the verdict, and the verdict itself with a schema of its own. */
export function renderJson(line: string, verdict: Verdict | MaskedVerdict): string {
  const masked = "masked" in verdict;
  return `${JSON.stringify({ schema: 1, masked, line, verdict }, undefined, 2)}\n`;
}
