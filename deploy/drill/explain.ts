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

function explainRoute({ receivers }: KnownAlert, receiver: ReceiverName): string | undefined {
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
  return `it was routed to "${receiver}", which delivers nowhere: set the variables that prometheus/README.md names for it, or look into Alertmanager's log`;
}
