import { z } from "zod";

export const MOST_OUTCOMES = 1_000;

const reportSchema = z.strictObject({
  token: z.string(),
  outcome: z.string(),
  value: z.union([z.string(), z.number()]).optional(),
  id: z.string().min(1).max(200).optional(),
});

/** What a caller says of an earlier answer. */
export type Report = z.infer<typeof reportSchema>;

const batchSchema = z.strictObject({ outcomes: z.array(z.unknown()).min(1).max(MOST_OUTCOMES) });

/** A report or why it is none, as its own part of the request says it. */
export type ReadReport = { readonly report: Report } | { readonly flaw: string };

export function readReport(input: unknown): ReadReport {
  const { data, error } = reportSchema.safeParse(input);
  return error === undefined ? { report: data } : { flaw: explain(error) };
}

/** The items of a batch, unread; undefined where the body is a single report. */
export function readBatch(body: unknown): readonly unknown[] | { readonly flaw: string } | undefined {
  if (typeof body !== "object" || body === null || !("outcomes" in body)) return undefined;
  const { data, error } = batchSchema.safeParse(body);
  return error === undefined ? data.outcomes : { flaw: explain(error) };
}

/** The first thing that is wrong; what callers write is not repeated. */
function explain({ issues: [issue] }: z.ZodError): string {
  const path = issue?.path.join(".") ?? "";
  switch (issue?.code) {
    case "unrecognized_keys":
      return `There is a field that nobody knows: send token, outcome, value and id, or {"outcomes": […]} alone.`;
    case "too_big":
      return `${path} is too long: the most are ${issue.maximum}.`;
    case "too_small":
      return `${path} is empty: leave it out, or send at least one.`;
    default:
      return `${path === "" ? "The report" : path} has the wrong type: send {"token": TEXT, "outcome": TEXT, "value": TEXT or NUMBER, "id": TEXT}.`;
  }
}
