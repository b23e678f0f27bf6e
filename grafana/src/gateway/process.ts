import { BytesIEC, NoUnit, PercentUnit } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { OF_GATEWAYS, one } from "../query.ts";
import type { Row } from "../row.ts";

const OF_PROCESS = `job="ab-proxy",${OF_GATEWAYS}`;

/** What the gateways take of their machines. */
export const processes: Row = {
  id: 600,
  title: "Processes",
  panels: [
    drawLines({
      title: "Memory",
      description:
        "Resident memory of each gateway. It keeps nothing, so that it stays level under a steady load.",
      unit: BytesIEC,
      min: 0,
      queries: [
        one("memory", `max by (instance) (process_resident_memory_bytes{${OF_PROCESS}})`, "{{instance}}"),
      ],
    }),
    drawLines({
      title: "CPU",
      description:
        "Cores that each gateway uses. One process computes in one thread: close to 1 it is full, and another replica is due.",
      unit: NoUnit,
      min: 0,
      queries: [
        one(
          "cpu",
          `max by (instance) (rate(process_cpu_seconds_total{${OF_PROCESS}}[$__rate_interval]))`,
          "{{instance}}",
        ),
      ],
      steps: [{ from: 0.9, color: COLORS.notice }],
    }),
    drawLines({
      title: "Answering Prometheus",
      description:
        "Whether each process answers Prometheus: below 100 % it was down, or too busy, for a part of the step.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      draw: "steps",
      queries: [
        one(
          "up",
          `avg by (job, instance) (avg_over_time(up{job=~"ab-proxy|sentiment-worker"}[$__rate_interval]))`,
          "{{job}} {{instance}}",
        ),
      ],
    }),
  ],
};
