import { PercentUnit, RequestsPerSecond, Seconds, Short } from "@grafana/grafana-foundation-sdk/units";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { OF_GATEWAYS, one } from "../query.ts";
import type { Row } from "../row.ts";

const perSecond = (metric: string, more = "") => `rate(${metric}{${OF_GATEWAYS}${more}}[$__rate_interval])`;

/** Who connects, as whom, and how much of it. */
export const callers: Row = {
  id: 400,
  title: "Callers",
  panels: [
    drawLines({
      title: "Connections",
      description:
        "Open connections of callers to each gateway, below how many may be (dashed). Above it: 503 at once.",
      unit: Short,
      min: 0,
      queries: [
        one("open", `max by (instance) (ab_connections{${OF_GATEWAYS}})`, "{{instance}}"),
        one("limit", `max(ab_connections_limit{${OF_GATEWAYS}})`, "limit", {
          color: COLORS.reference,
          dashed: true,
        }),
      ],
    }),
    drawLines({
      title: "WebSockets",
      description:
        "WebSockets that are open, by variant; each holds a place in flight for as long as it lives.",
      unit: Short,
      min: 0,
      queries: [
        one("open", `sum by (model_version) (ab_websockets_open{${OF_GATEWAYS}})`, "{{model_version}}"),
      ],
    }),
    drawLines({
      title: "Sources of identity",
      description:
        "Where user ids came from. Mostly new sessions: callers do not keep the cookie, and meet another model at each request.",
      unit: RequestsPerSecond,
      min: 0,
      draw: "areas",
      stack: "normal",
      queries: [one("identity", `sum by (source) (${perSecond("ab_identity_total")})`, "{{source}}")],
    }),
    drawLines({
      title: "Identity not believed",
      description:
        "Ids in headers from peers that may not name users, and cookies that we did not sign. A rise is a wrong trusted_from, a lost secret, or somebody trying.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [one("ignored", `sum by (reason) (${perSecond("ab_identity_ignored_total")})`, "{{reason}}")],
    }),
    drawLines({
      title: "Rate limit",
      description:
        "Requests refused with 429, those counted by one process alone because the Redis of limits.rate was away, and those let through uncounted.",
      unit: RequestsPerSecond,
      min: 0,
      queries: [
        one("limited", `sum(${perSecond("ab_refusals_total", ',code="rate_limited"')})`, "refused"),
        one("insured", `sum(${perSecond("ab_rate_limit_insured_total")})`, "counted alone"),
        one("untracked", `sum(${perSecond("ab_rate_limit_untracked_total")})`, "uncounted"),
      ],
    }),
    drawLines({
      title: "Decisions that are not the experiment's",
      description:
        "Share of the decisions by a tester's token or by falling back from a variant that was down. They are left out of the experiment's counts.",
      unit: PercentUnit,
      min: 0,
      queries: [
        one(
          "others",
          `sum by (assignment) (${perSecond("ab_assignments_total", ',assignment!="hashed"')}) / scalar(sum(${perSecond("ab_assignments_total")}))`,
          "{{assignment}}",
        ),
      ],
    }),
    drawLines({
      title: "Padding",
      description:
        "Mean time by which answers were held back so that it does not tell the variant, and what they are padded to (dashed). 0 where blind.pad_latency is off.",
      unit: Seconds,
      min: 0,
      queries: [
        one(
          "padding",
          `sum by (model_version) (${perSecond("ab_padding_seconds_total")}) / sum by (model_version) (${perSecond("ab_requests_total")})`,
          "{{model_version}}",
        ),
        one("target", `max(ab_padding_target_seconds{${OF_GATEWAYS}})`, "padded to", {
          color: COLORS.reference,
          dashed: true,
        }),
      ],
    }),
    drawLines({
      title: "Rate limit's Redis",
      description:
        '1 while the Redis of limits.rate answers, by gateway; 0 also where none is configured, which is the line "none".',
      unit: Short,
      min: 0,
      max: 1,
      draw: "steps",
      queries: [
        one(
          "redis",
          `min by (instance) (ab_rate_limit_store_up{${OF_GATEWAYS}}) or label_replace(0 * max(ab_connections_limit{${OF_GATEWAYS}}), "instance", "none", "", "")`,
          "{{instance}}",
        ),
      ],
    }),
  ],
};
