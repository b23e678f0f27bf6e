import type { Configuration, Route } from "./configuration.ts";
import type { Pace } from "./timing.ts";

/** Who is told about what: the first route that matches takes an alert. */
export function buildRoute(pace: Pace): Configuration["route"] {
  return {
    receiver: "tickets",
    // One message for each thing that is wrong with a model: drift and errors carry no experiment.
    group_by: ["alertname", "experiment", "model_version"],
    group_wait: pace("30s"),
    group_interval: pace("5m"),
    repeat_interval: pace("4h"),
    routes: [buildDrills(), buildHeartbeat(pace), buildNightlyReport(pace), ...buildBySeverity(pace)],
  };
}

/**
 * Before everything else, so that an exercise is never taken for the case: `drill="true"` goes to the sink whatever its
 * severity, the name of a receiver instead of "true" sends a test message to whom it names. Each is a group of its own
 * and does not wait, at any scale.
 */
function buildDrills(): Route {
  return {
    matchers: ['drill=~".+"'],
    receiver: "drill",
    group_by: ["..."],
    group_wait: "0s",
    group_interval: "1s",
    routes: (["on-call", "tickets", "experiment"] as const).map((receiver) => ({
      matchers: [`drill="${receiver}"`],
      receiver,
    })),
  };
}

/** An alert that always fires: the watchdog at the other end pages when it hears nothing for some minutes. */
function buildHeartbeat(pace: Pace): Route {
  return {
    matchers: ['alertname="DeadMansSwitch"'],
    receiver: "heartbeat",
    group_wait: "0s",
    group_interval: pace("1m"),
    // Less than the interval: one equal to it is not quite over at the next look, and half of the calls would be left out.
    repeat_interval: pace("45s"),
  };
}

/** No alert: a message that comes every night, so that its silence is noticed. Each is one by itself, and is told once. */
function buildNightlyReport(pace: Pace): Route {
  return {
    matchers: ['alertname="ABNightlyReport"'],
    receiver: "nightly-report",
    group_by: ["..."],
    group_wait: "0s",
    group_interval: pace("1m"),
    // Longer than any report lasts as an alert, and within what Alertmanager remembers of its messages (five days).
    repeat_interval: pace("4d"),
  };
}

function buildBySeverity(pace: Pace): readonly Route[] {
  return [
    { matchers: ['severity="none"'], receiver: "nobody" },
    {
      matchers: ['severity="page"'],
      receiver: "on-call",
      // Two models that go down together are one message.
      group_by: ["alertname", "experiment", "slo"],
      group_wait: pace("10s"),
      group_interval: pace("1m"),
      repeat_interval: pace("1h"),
    },
    { matchers: ['tier="experiment"'], receiver: "experiment" },
  ];
}
