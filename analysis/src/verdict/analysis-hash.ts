import { createHash } from "node:crypto";
import { formOfAnalysis } from "../../../proxy/src/config/file-form-analysis.ts";
import type { Plan } from "../evidence/plan.ts";

/** SHA-256, hex, of the analysis block in the form of the file and of the variants' names and control. */
export function hashAnalysis({ analysis, variants }: Pick<Plan, "analysis" | "variants">): string {
  const form = {
    analysis: formOfAnalysis(analysis),
    variants: variants.map(({ name, control }) => ({ name, control })),
  };
  return createHash("sha256").update(JSON.stringify(form)).digest("hex");
}
