import type { OutcomeSettings } from "../config/analysis-config.ts";
import type { Config } from "../config/config.ts";
import { formatDuration } from "../config/duration.ts";
import type { Remark } from "./warnings.ts";

/** What whoever reports outcomes notices, and who is stopped, when `next` replaces `current`. */
export function findOutcomeChanges(current: Config, next: Config): Remark[] {
  const { outcomes: before } = current;
  const { outcomes: after } = next;
  const ofReports =
    before === undefined
      ? []
      : after === undefined
        ? [{ path: "outcomes", message: "is gone: tokens are no longer given, and reports are not taken" }]
        : [...ofSecrets(before.secrets, after.secrets), ...ofReporting(before, after)];
  return [...ofReports, ...ofStop(current.judge.stop, next.judge.stop)];
}

/** The first of a list encrypts. */
function ofSecrets([encrypted, ...decrypted]: readonly string[], after: readonly string[]): Remark[] {
  const path = "outcomes.secrets";
  const remarks: Remark[] = [];
  if (encrypted !== undefined && !after.includes(encrypted))
    remarks.push({
      path,
      message:
        "loses the secret that encrypted until now: what its tokens report is refused; keep it as the second until outcomes.max_age has passed",
    });
  const lost = decrypted.filter((secret) => !after.includes(secret)).length;
  if (lost > 0)
    remarks.push({
      path,
      message: `loses ${lost} of the secrets that decrypted until now: what their tokens report is refused`,
    });
  return remarks;
}

function ofReporting(before: OutcomeSettings, after: OutcomeSettings): Remark[] {
  const remarks: Remark[] = [];
  if (before.path !== after.path)
    remarks.push({
      path: "outcomes.path",
      message: `changes from ${before.path} to ${after.path}: reports to the former are forwarded like any request`,
    });
  if (before.key !== after.key)
    remarks.push({
      path: "outcomes.key",
      message:
        after.key === undefined ? "is gone: reports need no key" : "changes: reports without it are refused",
    });
  if (after.maxAgeMs < before.maxAgeMs)
    remarks.push({
      path: "outcomes.max_age",
      message: `becomes shorter, ${formatDuration(after.maxAgeMs)} instead of ${formatDuration(before.maxAgeMs)}: what is reported later is refused`,
    });
  return remarks;
}

function ofStop(before: Config["judge"]["stop"], after: Config["judge"]["stop"]): Remark[] {
  if (before === after) return [];
  const path = "judge.stop";
  if (after === "on")
    return [
      { path, message: "becomes on: whom the judge has stopped in this phase loses its users at once" },
    ];
  return before === "on"
    ? [{ path, message: `becomes ${after}: variants that were stopped get their users back` }]
    : [];
}
