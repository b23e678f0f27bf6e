import { PercentUnit, RequestsPerSecond, Seconds } from "@grafana/grafana-foundation-sdk/units";
import { THRESHOLDS } from "../../../prometheus/src/objectives.ts";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { OF_GATEWAYS, one } from "../query.ts";
import type { Row } from "../row.ts";
import { rarely } from "./rarely.ts";

const ended = (statuses: string) =>
  `sum(rate(ab_requests_total{${OF_GATEWAYS},status=~"${statuses}"}[$__rate_interval]))`;
const quantiles = (histogram: string) =>
  [0.5, 0.9, 0.99].map((q) =>
    one(
      `p${100 * q}`,
      `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket{${OF_GATEWAYS}}[$__rate_interval])))`,
      `P${100 * q}`,
    ),
  );

/** Traffic, errors, latency, saturation; and what the gateway itself adds and refuses. */
export const signals: Row = {
  id: 100,
  title: "Golden signals",
  panels: [
    drawLines({
      title: "Traffic",
      description:
        "Requests that ended, per second, by the class of their status; 4xx are mostly the callers' own.",
      unit: RequestsPerSecond,
      min: 0,
      width: 6,
      draw: "areas",
      stack: "normal",
      queries: [
        one("good", ended("[123].."), "1xx to 3xx", { color: COLORS.quiet }),
        one("callers", ended("4.."), "4xx", { color: COLORS.neutral }),
        one("ours", ended("5..|other"), "5xx and other", { color: COLORS.alarm }),
      ],
    }),
    drawLines({
      title: "Errors",
      description:
        "Share of all requests that ended with a 5xx, the services' or the gateway's own. Beside it the share of the 429: callers sent away.",
      unit: PercentUnit,
      min: 0,
      width: 6,
      queries: [
        one("errors", `${ended("5..")} / ${ended(".*")}`, "5xx", { color: COLORS.alarm }),
        one("limited", `${ended("429")} / ${ended(".*")}`, "429", { color: COLORS.neutral, dashed: true }),
      ],
    }),
    drawLines({
      title: "Latency",
      description: "From a request's head to the end of its answer, of all requests, whatever their status.",
      unit: Seconds,
      min: 0,
      width: 6,
      queries: quantiles("ab_request_duration_seconds"),
    }),
    drawLines({
      title: "Saturation",
      description:
        "What is taken of each limit: requests at a variant's services, callers' connections. At 100 % requests wait in the queue, or get a 503.",
      unit: PercentUnit,
      min: 0,
      max: 1,
      width: 6,
      queries: [
        one(
          "flights",
          `max by (model_version) (ab_upstream_in_flight{${OF_GATEWAYS}} / ab_upstream_in_flight_limit{${OF_GATEWAYS}})`,
          "{{model_version}} in flight",
        ),
        one(
          "connections",
          `max(ab_connections{${OF_GATEWAYS}} / ab_connections_limit{${OF_GATEWAYS}})`,
          "connections",
          { color: COLORS.reference },
        ),
      ],
    }),
    drawLines({
      title: "The gateway's own share",
      description:
        "Time that the gateway itself adds to a request until its answer's head leaves, without the waits for caller and service.",
      unit: Seconds,
      min: 0,
      queries: quantiles("ab_proxy_overhead_seconds"),
    }),
    drawLines({
      title: "Refusals by code",
      description:
        "Answers that the gateway gave by itself, by the code in their body; the README says what each means. Codes that never occurred in a step are left out.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [rarely("refusals", ["code"], `rate(ab_refusals_total{${OF_GATEWAYS}}[$__rate_interval])`)],
    }),
    drawLines({
      title: "Event loop lag",
      description:
        "99th percentile of the delay of each gateway's only thread. Everything waits behind it; the dashed line is where somebody is told.",
      unit: Seconds,
      min: 0,
      queries: [
        one(
          "lag",
          `max by (instance) (nodejs_eventloop_lag_p99_seconds{job="ab-proxy",${OF_GATEWAYS}})`,
          "{{instance}}",
        ),
      ],
      steps: [{ from: THRESHOLDS.eventLoopLagSeconds, color: COLORS.alarm }],
    }),
  ],
};
