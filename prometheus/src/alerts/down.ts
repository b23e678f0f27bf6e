import type { Rule, Severity, Tier } from "../rule.ts";
import type { Writing } from "../subject.ts";
import { noWeights, withUsers } from "../weight.ts";

const served = "job_instance_model_version:targets:down";
const missed = "job_instance_model_version:targets:missed";

const unread = "Prometheus has not been able to read its metrics for a minute";
const whatever = `${unread}. The process is dead, stuck or not reachable.`;

/** Processes whose metrics cannot be read, and whether that wakes somebody. */
export function writeDown({ pace, writeAlert }: Writing): readonly Rule[] {
  const down = (jobs: string) => `up{job=~"${jobs}"} == 0`;
  const worker = down("sentiment-worker");
  const alert = (severity: Severity, tier: Tier, expr: string, description: string) =>
    writeAlert({
      name: "TargetDown",
      expr,
      for: pace("1m"),
      severity,
      tier,
      summary: "{{ $labels.job }} {{ $labels.instance }} does not answer",
      description,
    });
  return [
    {
      // Which model it served says which other alerts follow from this one; Alertmanager mutes those.
      record: served,
      expr: [
        `(${worker}) * on (job, instance) group_right ()`,
        `group by (job, instance, model_version) (present_over_time(model_info[${pace("1d")}]))`,
      ].join("\n"),
    },
    {
      // A worker that answers says model_info. Without any gateway's metrics, users are assumed.
      record: missed,
      expr: [
        `(${served} unless on (model_version) model_info)`,
        `and on (model_version) (${withUsers} or ${served} and on () ${noWeights})`,
      ].join("\n"),
    },
    alert("page", "proxy", down("ab-proxy"), whatever),
    alert(
      "page",
      "worker",
      missed,
      `${unread}, and no worker of {{ $labels.model_version }} answers: its users get errors, or the other variant.`,
    ),
    alert(
      "ticket",
      "worker",
      `(${served} or on (job, instance) ${worker}) unless on (job, instance, model_version) ${missed}`,
      `${unread}. Nobody is woken, because other workers of its model answer, or the model has no users (weight 0), or it has served none yet.`,
    ),
    alert(
      "ticket",
      "experiment",
      down("ab-judge"),
      `${unread}. Nobody looks at the experiment: the verdict is the last one, and no guardrail stops anything. Callers do not notice.`,
    ),
    alert("ticket", "monitoring", down("prometheus|alertmanager"), whatever),
  ];
}
