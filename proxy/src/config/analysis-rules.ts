import { z } from "zod";
import { DURATION_BOUNDS } from "../metrics/bounds.ts";
import { METRICS, type MetricName } from "./analysis-config.ts";
import type { Violation } from "./violation.ts";

const SHADOW = z.object({
  shadow: z.object({ variant: z.string() }),
  variants: z.array(z.object({ name: z.unknown().optional() })),
});
const SLOW = z.object({ analysis: z.object({ slower_than: z.string() }) });
const OUTCOMES = z.object({
  outcomes: z.object({ allowed: z.array(z.unknown()).optional(), labels: z.array(z.unknown()).optional() }),
});
const RANGE = z.object({ name: z.string(), min: z.number(), max: z.number() });
const PLAN = z.object({
  outcomes: z
    .object({ allowed: z.array(z.unknown()).optional(), secrets: z.unknown().optional() })
    .optional(),
  analysis: z.object({
    metric: z.enum(METRICS).optional().catch(undefined),
    guardrails: z
      .array(z.object({ metric: z.enum(METRICS) }))
      .optional()
      .catch(undefined),
    secondary: z.array(z.enum(METRICS)).optional().catch(undefined),
  }),
});
const JUDGE = z.object({ judge: z.object({ stop: z.enum(["on", "dry-run"]), url: z.unknown().optional() }) });

/** Which outcome a metric is made of; exposures alone where there is none. */
const NEEDS: Readonly<Partial<Record<MetricName, string>>> = {
  conversion: "converted",
  correct_ratio: "correct",
  accuracy: "true_label",
  macro_recall: "true_label",
  macro_f1: "true_label",
  revenue: "revenue",
  rating: "rating",
  nps: "nps",
  mean_absolute_error: "rating",
  root_mean_squared_error: "rating",
};
/** Buckets' sums of squares stay exact enough for variances, and a single value cannot hide all others. */
const WIDEST_RANGE = 1e6;
const ALLOWED_UNLESS_SAID = ["correct", "incorrect", "converted"];

/** What of outcomes, analysis, shadow and judge depends on other keys. */
export function checkAnalysis(file: unknown): Violation[] {
  return [
    ...shadowVariant(file),
    ...slowBound(file),
    ...outcomes(file),
    ...ranges(file),
    ...metrics(file),
    ...repeatedMetrics(file),
    ...judge(file),
  ];
}

/** The outcome that a metric is made of; undefined where exposures tell it. */
export function outcomeOf(metric: MetricName): string | undefined {
  return NEEDS[metric];
}

function shadowVariant(file: unknown): Violation[] {
  const { data } = SHADOW.safeParse(file);
  if (data === undefined) return [];
  const names = data.variants.map(({ name }) => name);
  if (names.includes(data.shadow.variant)) return [];
  return [
    {
      path: ["shadow", "variant"],
      message: `${JSON.stringify(data.shadow.variant)} is no variant: there is ${names.join(", ")}`,
    },
  ];
}

function slowBound(file: unknown): Violation[] {
  const text = SLOW.safeParse(file).data?.analysis.slower_than;
  const [, digits, unit] = /^(\d{1,9})(ms|s)$/.exec(text ?? "") ?? [];
  if (digits === undefined) return [];
  const seconds = Number(digits) / (unit === "ms" ? 1000 : 1);
  if (DURATION_BOUNDS.includes(seconds)) return [];
  const nearest = DURATION_BOUNDS.toSorted((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0];
  return [
    {
      path: ["analysis", "slower_than"],
      message: `${text} is no bound of ab_request_duration_seconds, so that no dashboard could show the same share: the nearest is ${Number(((nearest ?? 0) * 1000).toPrecision(6))}ms`,
    },
  ];
}

function namesOf(allowed: readonly unknown[] | undefined): unknown[] {
  return (allowed ?? ALLOWED_UNLESS_SAID).map((outcome) =>
    typeof outcome === "object" && outcome !== null && "name" in outcome ? outcome.name : outcome,
  );
}

function outcomes(file: unknown): Violation[] {
  const section = OUTCOMES.safeParse(file).data?.outcomes;
  if (section === undefined) return [];
  const names = namesOf(section.allowed);
  const repeated = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          {
            path: ["outcomes", "allowed", index],
            message: `${JSON.stringify(name)} stands twice: remove one`,
          },
        ],
  );
  if (!names.includes("true_label") || (section.labels?.length ?? 0) >= 2) return repeated;
  return [
    ...repeated,
    {
      path: ["outcomes", "labels"],
      message: `has ${section.labels?.length ?? 0} labels, and true_label needs at least 2: list those of the models and of the truth, such as [negative, neutral, positive]`,
    },
  ];
}

function ranges(file: unknown): Violation[] {
  const allowed = OUTCOMES.safeParse(file).data?.outcomes.allowed ?? [];
  return allowed.flatMap((one, index) => {
    const { data } = RANGE.safeParse(one);
    if (data === undefined || data.max - data.min <= WIDEST_RANGE) return [];
    return [
      {
        path: ["outcomes", "allowed", index],
        message: `${data.name} reaches from ${data.min} to ${data.max}, which is wider than ${WIDEST_RANGE}: declare what an answer can bring, or a greater unit (thousands)`,
      },
    ];
  });
}

/** Each would be judged as if it stood alone, with an error rate of its own, and kept under the same name. */
function repeatedMetrics(file: unknown): Violation[] {
  const { data } = PLAN.safeParse(file);
  if (data === undefined) return [];
  const { guardrails = [], secondary = [] } = data.analysis;
  const repeated = (names: readonly MetricName[], path: (index: number) => (string | number)[]) =>
    names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ path: path(index), message: `${name} stands twice: remove one of the two` }],
    );
  return [
    ...repeated(
      guardrails.map(({ metric }) => metric),
      (index) => ["analysis", "guardrails", index, "metric"],
    ),
    ...repeated(secondary, (index) => ["analysis", "secondary", index]),
  ];
}

function metrics(file: unknown): Violation[] {
  const { data } = PLAN.safeParse(file);
  if (data === undefined) return [];
  const { metric, guardrails = [], secondary = [] } = data.analysis;
  const allowed = data.outcomes === undefined ? [] : namesOf(data.outcomes.allowed);
  const used: { path: (string | number)[]; name: MetricName | undefined }[] = [
    { path: ["analysis", "metric"], name: metric },
    ...guardrails.map((guardrail, index) => ({
      path: ["analysis", "guardrails", index, "metric"],
      name: guardrail.metric,
    })),
    ...secondary.map((name, index) => ({ path: ["analysis", "secondary", index], name })),
  ];
  return used.flatMap(({ path, name }) => {
    const needed = name === undefined ? undefined : NEEDS[name];
    if (needed === undefined || allowed.includes(needed)) return [];
    return [{ path, message: `${name} is made of the outcome ${needed}: add it to outcomes.allowed` }];
  });
}

function judge(file: unknown): Violation[] {
  const { data } = JUDGE.safeParse(file);
  if (data === undefined || data.judge.url !== undefined) return [];
  return [
    {
      path: ["judge", "stop"],
      message: `${data.judge.stop} needs judge.url, where gateways ask for stops: add it, such as http://127.0.0.1:8082`,
    },
  ];
}
