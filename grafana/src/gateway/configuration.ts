import { NoUnit, Seconds, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showNumbers } from "../panel/numbers.ts";
import { drawTimeline } from "../panel/timeline.ts";
import { OF_GATEWAYS, one } from "../query.ts";
import type { Row } from "../row.ts";

/** Which configuration runs where. */
export const configuration: Row = {
  id: 500,
  title: "Configuration",
  panels: [
    drawTimeline({
      title: "Configuration of each gateway",
      description:
        "Which configuration (the start of its hash) which gateway ran, and when. Two at the same time are replicas that disagree: the same user may meet different models.",
      unit: NoUnit,
      width: 12,
      queries: [
        one(
          "hash",
          `max by (instance, config_hash, config_version) (ab_config_info{${OF_GATEWAYS}})`,
          "{{instance}} {{config_hash}}",
        ),
      ],
    }),
    showNumbers({
      title: "Configurations at once",
      description: "How many different configurations run now: 1, or the replicas do not agree.",
      unit: NoUnit,
      width: 4,
      queries: [
        one("skew", `count(count by (config_hash) (ab_config_info{${OF_GATEWAYS}}))`, "configurations"),
      ],
      steps: [{ from: 2, color: COLORS.alarm }],
    }),
    showNumbers({
      title: "Last reload",
      description:
        "Whether the file was valid when it was last read, by gateway: 1, or the old configuration goes on until the file is mended.",
      unit: NoUnit,
      width: 4,
      queries: [
        one("failed", `min by (instance) (ab_config_last_reload_successful{${OF_GATEWAYS}})`, "{{instance}}"),
      ],
    }),
    showNumbers({
      title: "Since the last change",
      description:
        "Age of the running configuration: what changed shortly before a fault is suspected first.",
      unit: Seconds,
      decimals: 0,
      width: 4,
      queries: [
        one(
          "age",
          `time() - max by (instance) (ab_config_last_reload_success_timestamp_seconds{${OF_GATEWAYS}})`,
          "{{instance}}",
        ),
      ],
    }),
    drawLines({
      title: "Reloads",
      description:
        "Attempts to take over a changed file, in each step. Rejected: it has mistakes, and the gateway's log and GET /config say which.",
      unit: Short,
      min: 0,
      width: 12,
      draw: "bars",
      stack: "normal",
      colors: { swapped: COLORS.quiet, unchanged: COLORS.neutral, rejected: COLORS.alarm },
      queries: [
        one(
          "reloads",
          `sum by (result) (increase(ab_config_reloads_total{${OF_GATEWAYS}}[$__rate_interval]))`,
          "{{result}}",
        ),
      ],
    }),
    drawLines({
      title: "Generations",
      description:
        "Configurations that still carry requests, by gateway: 1, or 2 for a while after a reload. Expired: those whose last requests were ended at the deadline, in each step.",
      unit: Short,
      min: 0,
      width: 12,
      draw: "steps",
      queries: [
        one("alive", `max by (instance) (ab_generations{${OF_GATEWAYS}})`, "{{instance}}"),
        one(
          "expired",
          `sum(increase(ab_generations_expired_total{${OF_GATEWAYS}}[$__rate_interval]))`,
          "expired",
          {
            color: COLORS.alarm,
            dashed: true,
          },
        ),
      ],
    }),
  ],
};
