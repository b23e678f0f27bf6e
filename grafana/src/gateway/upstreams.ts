import { OpsPerSecond, RequestsPerSecond, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { OF_GATEWAYS, one } from "../query.ts";
import type { Row } from "../row.ts";
import { rarely } from "./rarely.ts";

const perSecond = (metric: string) => `rate(${metric}{${OF_GATEWAYS}}[$__rate_interval])`;
const inStep = (metric: string) => `increase(${metric}{${OF_GATEWAYS}}[$__rate_interval])`;

/** The services behind the variants. */
export const upstreams: Row = {
  id: 300,
  title: "Services behind the variants",
  panels: [
    drawLines({
      title: "Upstreams in use",
      description:
        "1 while an upstream gets requests, 0 while it is ejected, as the least of all gateways; GET /upstreams of the admin listener says why.",
      unit: Short,
      min: 0,
      max: 1,
      draw: "steps",
      queries: [
        one(
          "healthy",
          `min by (model_version, upstream) (ab_upstream_healthy{${OF_GATEWAYS}})`,
          "{{model_version}} {{upstream}}",
        ),
      ],
    }),
    drawLines({
      title: "Ejections",
      description:
        "Upstreams taken out of use, in each step, by the reason: connections failed, answers of 502 to 504, failed checks. One is a restart; many are an upstream that comes and goes.",
      unit: Short,
      min: 0,
      draw: "bars",
      stack: "normal",
      queries: [rarely("ejections", ["model_version", "reason"], inStep("ab_upstream_ejections_total"))],
    }),
    drawLines({
      title: "Health checks",
      description:
        "Active checks per second by their result. Failures come before an ejection, and end it when they stop.",
      unit: OpsPerSecond,
      min: 0,
      colors: { success: COLORS.quiet, failure: COLORS.alarm },
      queries: [
        one("checks", `sum by (result) (${perSecond("ab_upstream_health_checks_total")})`, "{{result}}"),
      ],
    }),
    drawLines({
      title: "In flight",
      description:
        "Requests at each variant's services now, all gateways together, below how many may be (dashed). A rise without more traffic is a service that became slow.",
      unit: Short,
      min: 0,
      queries: [
        one("flights", `sum by (model_version) (ab_upstream_in_flight{${OF_GATEWAYS}})`, "{{model_version}}"),
        one(
          "limit",
          `sum by (model_version) (ab_upstream_in_flight_limit{${OF_GATEWAYS}})`,
          "{{model_version}} limit",
          { color: COLORS.reference, dashed: true },
        ),
      ],
    }),
    drawLines({
      title: "Waiting for a place",
      description:
        "Requests that wait because a variant has as many in flight as it may. Those that got none, or not in time, are 503s.",
      unit: Short,
      min: 0,
      queries: [
        one(
          "queued",
          `sum by (model_version) (ab_upstream_queued{${OF_GATEWAYS}})`,
          "{{model_version}} waiting",
        ),
        one(
          "refused",
          `sum by (model_version) (${inStep("ab_upstream_queue_refusals_total")})`,
          "{{model_version}} refused",
          { color: COLORS.alarm, dashed: true },
        ),
      ],
    }),
    drawLines({
      title: "Retries",
      description:
        "Requests sent once more where nothing can happen twice, and wanted retries that the budget forbade: a service that fails so often must not get more traffic.",
      unit: RequestsPerSecond,
      min: 0,
      colors: { over_budget: COLORS.alarm, retried: COLORS.quiet },
      queries: [one("retries", `sum by (result) (${perSecond("ab_upstream_retries_total")})`, "{{result}}")],
    }),
    drawLines({
      title: "Deadlines that passed",
      description:
        "Waits for a service that were given up, per second, by the deadline: no connection, no first byte, silence within an answer, too long altogether.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [rarely("deadlines", ["model_version", "deadline"], perSecond("ab_upstream_deadlines_total"))],
    }),
    drawLines({
      title: "New addresses",
      description:
        "An upstream's name led to other addresses, in each step: a deployment, or a flapping DNS.",
      unit: Short,
      min: 0,
      draw: "bars",
      queries: [rarely("dns", ["model_version"], inStep("ab_upstream_dns_changes_total"))],
    }),
    drawLines({
      title: "Answers without an end",
      description:
        "Answers whose end cannot be told from a break, per second: the service names neither length nor chunks.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [
        one(
          "unframed",
          `sum by (model_version) (${perSecond("ab_unframed_responses_total")})`,
          "{{model_version}}",
        ),
      ],
    }),
  ],
};
