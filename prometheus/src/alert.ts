import type { Alert, Severity, Tier } from "./rule.ts";

interface Words {
  readonly name: string;
  readonly expr: string;
  readonly severity: Severity;
  readonly tier: Tier;
  readonly labels?: Readonly<Record<string, string>>;
  readonly for?: string;
  readonly keepFiringFor?: string;
  readonly summary: string;
  readonly description: string;
}

/** Writes an alert down; whatever it is about, its page is named after it. */
export type WriteAlert = (words: Words) => Alert;

/** @param runbooks where the pages are: a folder of the repository or the URL of one */
export function createWriteAlert(runbooks: string): WriteAlert {
  const base = runbooks.replace(/\/+$/, "");
  return ({ name, expr, severity, tier, labels, keepFiringFor, summary, description, ...words }) => ({
    alert: name,
    expr,
    ...(words.for !== undefined && { for: words.for }),
    ...(keepFiringFor !== undefined && { keep_firing_for: keepFiringFor }),
    labels: { severity, tier, ...labels },
    annotations: { summary, description, runbook_url: `${base}/${name}.md` },
  });
}
