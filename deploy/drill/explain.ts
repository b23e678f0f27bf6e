import type { Alertmanager, KnownAlert } from "./alertmanager.ts";
import type { ReceiverName } from "./options.ts";

/** Why a test alert may not have arrived, as far as Alertmanager knows. */
export async function explainSilence(
  alertmanager: Alertmanager,
  { run, receiver, sinkUrl }: { run: string; receiver: ReceiverName; sinkUrl: string | undefined },
): Promise<string> {
  const alert = await alertmanager.find("run", run);
  if (alert === undefined)
    return "Alertmanager does not have the alert any more: was it started anew meanwhile?";
  return (
    explainMute(alert) ??
    explainRoute(alert, receiver) ??
    (sinkUrl === undefined ? explainReceiver(receiver) : explainSink(sinkUrl))
  );
}

function explainMute({ silencedBy, inhibitedBy }: KnownAlert): string | undefined {
  const [silence] = silencedBy;
  if (silence !== undefined) return `a silence mutes it: amtool silence expire ${silence}`;
  return inhibitedBy.length > 0
    ? "another alert mutes it, which no inhibition of prometheus/alertmanager.yml does: is that what runs?"
    : undefined;
}

/** Why an alert that Alertmanager just took will not reach the receiver, if so. */
export function explainRoute({ receivers }: KnownAlert, receiver: ReceiverName): string | undefined {
  if (receivers.includes(receiver)) return undefined;
  const drill = receiver === "drill" ? "true" : receiver;
  return [
    `its routes lead to ${receivers.map((name) => `"${name}"`).join(", ")} and not to "${receiver}": is prometheus/alertmanager.yml what runs?`,
    `amtool config routes test --config.file=FILE alertname=ABDrill drill=${drill} severity=page   must print ${receiver}`,
  ].join("\n");
}

function explainSink(url: string): string {
  const { port } = new URL(url);
  return [
    `it was routed to "drill", but nobody called ${url}: BLINDSPLIT_DRILL_URL of its configuration must lead here.`,
    `In a container 127.0.0.1 is the container itself: BLINDSPLIT_DRILL_URL=http://host.docker.internal:${port}/ and --listen 0.0.0.0:${port}.`,
    "Its log says what it called and why that failed.",
  ].join("\n");
}

function explainReceiver(receiver: ReceiverName): string {
  return `it was routed to "${receiver}", but Alertmanager has not called: its log says what it does`;
}

/** @param kinds those of the channels of which a call failed, or a message was given up */
export function explainFailure(receiver: ReceiverName, kinds: readonly string[]): string {
  return [
    `${kinds.join(", ")} failed: Alertmanager's log says why, in a line with "${receiver}/${kinds[0]}".`,
    `Look at the variables that prometheus/README.md names for "${receiver}", and whether the channel's address can be reached from there.`,
  ].join("\n");
}

export function explainNoChannel(receiver: ReceiverName, isThere: boolean): string {
  return isThere
    ? `"${receiver}" delivers nowhere: set the variables that prometheus/README.md names for it, and write Alertmanager's configuration anew`
    : `Alertmanager has no receiver "${receiver}": is prometheus/alertmanager.yml what runs?`;
}

/** @param others by kind of channel, the receivers that are told by it too */
export function explainDoubt(receiver: ReceiverName, others: ReadonlyMap<string, readonly string[]>): string {
  const shared = [...others].map(
    ([kind, names]) => `${names.map((name) => `"${name}"`).join(", ")} by ${kind} too`,
  );
  return [
    `nobody can tell from here whether "${receiver}" got both: alerts go to ${shared.join(" and to ")}, and Alertmanager counts them together.`,
    `Look whether it did; or start Alertmanager (0.26 or newer) with --enable-feature=receiver-name-in-metrics, which counts each receiver by itself.`,
  ].join("\n");
}
