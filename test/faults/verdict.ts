import { equals, type Finding, tells } from "../load/support/findings.ts";
import type { Trial } from "./trial.ts";

/** What a trial shows, in the lines of the report. */
export function findingsOf(trial: Trial, timeScale: number): readonly Finding[] {
  const { fault, others, wrong, shown } = trial;
  return [
    ...(fault.alert === undefined
      ? [tells(fault.name, "no alert is due")]
      : awaited(trial, fault.alert, timeScale)),
    ...(others.length > 0 ? [tells("  also delivered, and true", list(others))] : []),
    equals("  wrong alerts", list(wrong), "none"),
    ...shown,
  ];
}

function awaited({ fault, deliveredS, resolvedS, receiver }: Trial, alert: string, timeScale: number) {
  if (deliveredS === undefined) return [equals(fault.name, "no alert", alert)];
  const told = `${deliveredS.toFixed(1)} s`;
  // Waits that no scale shortens count as if one did.
  const bound = `${(deliveredS / timeScale / 60).toFixed(1)} min`;
  return [
    equals(fault.name, alert, alert),
    tells("  delivered to, after", `${receiver}, ${told}`),
    tells("  in real life at most", bound),
    resolvedS === undefined
      ? equals("  its end", "not told", "told")
      : tells("  its end told after", `${resolvedS.toFixed(1)} s`),
  ];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join("; ");
}
