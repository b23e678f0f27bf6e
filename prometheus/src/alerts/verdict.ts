import { THRESHOLDS } from "../objectives.ts";
import type { WriteSubject } from "../subject.ts";

/**
 * What the judge has found. It looks at everything since the phase began and decides once and for all, so that its
 * alerts need no time of their own: what waits here waits for a restart of the judge.
 */
export const writeVerdict: WriteSubject = ({ pace, writeAlert }) => ({
  about: [
    "The judge: is the experiment valid, does anything get worse that must not, does it look at all? Its series know the",
    "variants by letters only, and so do these alerts: where they are read, nobody learns which variant is which.",
  ],
  group: {
    name: "verdict",
    rules: [
      writeAlert({
        name: "ABSampleRatioMismatch",
        expr: "max by (experiment, phase) (ab_verdict_sample_ratio_failed) == 1",
        keepFiringFor: pace("15m"),
        severity: "ticket",
        tier: "experiment",
        summary:
          "{{ $labels.experiment }}, phase {{ $labels.phase }}: the split is broken, every comparison is void",
        description:
          "Fewer callers of one variant got an answer, or more did, than the weights and chance account for, counted since the phase began. Who is missing is not known, so no difference between the variants means anything; the phase cannot be mended, only ended.",
      }),
      writeAlert({
        name: "ABVerdictInvalid",
        expr: 'max by (experiment, phase) (ab_verdict_info{answer="invalid"}) == 1',
        for: pace("15m"),
        severity: "ticket",
        tier: "experiment",
        summary:
          "{{ $labels.experiment }}, phase {{ $labels.phase }}: the judge calls the comparison invalid",
        description:
          "One user dominates an analysis bucket, too many steps could not be read, or the workers of the variants are not comparable (threads, limits, replicas). GET /verdict says which.",
      }),
      writeAlert({
        name: "ABVerdictStale",
        // 0 is before the first exposure: there is nothing to look at.
        expr: [
          "time() - max by (job, instance) (ab_verdict_last_look_timestamp_seconds > 0)",
          `> ${THRESHOLDS.staleSteps} * max by (job, instance) (ab_verdict_step_seconds)`,
        ].join("\n"),
        severity: "ticket",
        tier: "experiment",
        summary: "The judge {{ $labels.instance }} has not looked for {{ $value | humanizeDuration }}",
        description: `The judge runs and its last look is more than ${THRESHOLDS.staleSteps} steps ago: the verdict is an old one, and a guardrail that is breached now stops nothing.`,
      }),
      writeAlert({
        name: "ABGuardrailBreached",
        expr: "max by (experiment, phase, metric, letter) (ab_verdict_guardrail_breached) == 1",
        keepFiringFor: pace("15m"),
        severity: "ticket",
        tier: "experiment",
        summary:
          "{{ $labels.experiment }}: {{ $labels.metric }} of {{ $labels.letter }} is worse than its guardrail allows",
        description:
          "The treatment is worse than the control by more than the guardrail's margin, and chance does not account for it, at whatever look. It stays so for this phase. With judge.stop: on the gateways have taken its users away; else they go on meeting it.",
      }),
      writeAlert({
        name: "ABGuardrailStopped",
        // The variant is not named: beside ABGuardrailBreached, which says a letter, it would tell whose letter that is.
        expr: "max by (experiment, phase) (ab_guardrail_stopped) == 1",
        keepFiringFor: pace("5m"),
        severity: "ticket",
        tier: "experiment",
        summary:
          "{{ $labels.experiment }}, phase {{ $labels.phase }}: a treatment was stopped, the control has its users",
        description:
          "A guardrail was breached and the gateways gave the treatment's buckets to the control. It stays stopped over restarts and reloads, until the configuration has a new phase.",
      }),
      writeAlert({
        name: "ABJudgeUnreachable",
        expr: "max by (job, instance) (ab_judge_reachable) == 0",
        for: pace("5m"),
        severity: "ticket",
        tier: "proxy",
        summary: "{{ $labels.instance }} cannot ask the judge",
        description:
          "This gateway has not had an answer of judge.url for five minutes. What is stopped stays stopped, and a new stop does not reach it.",
      }),
    ],
  },
});
