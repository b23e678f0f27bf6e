import { isIP } from "node:net";
import { type Asked, type AskSettings, type AskTarget, ask, authorityOf } from "./ask.ts";
import type { Attendance } from "./attendance.ts";
import type { Lanes } from "./lanes.ts";
import { familiesOf, type Names } from "./names.ts";

/** A service with the addresses that are known of it. */
export interface Service extends AskTarget {
  /** Empty asks the resolver. */
  readonly addresses: readonly string[];
}

export type Process = Asked & {
  /** Address and port; the name where it leads nowhere. */
  readonly address: string;
  /** What it calls itself; of one that is silent now, what it did when it last answered. */
  readonly instance?: string | undefined;
};

export interface AskingSettings extends AskSettings {
  readonly names: Names;
  readonly attendance: Attendance;
  /** All asking of one collection goes through them. */
  readonly lanes: Lanes;
}

const NOT_ASKED: Asked = {
  problem: "It was not asked: there are too many processes, or too many that do not answer.",
  isUnreachable: false,
  hasAnswered: false,
};

/**
 * Asks every process behind a service: one for each address that its name leads to, so that none is counted through
 * another. Addresses of the resolver's first family only, as one process often has one of both; the other family where
 * nobody can be reached by the first. Sorted by address. Never rejects.
 */
export async function askProcesses(service: Service, settings: AskingSettings): Promise<Process[]> {
  const { host, port } = service.connectOptions;
  const found = await findAddresses(service, settings);
  if ("problem" in found)
    return [
      { address: authorityOf(host, port), problem: found.problem, isUnreachable: true, hasAnswered: false },
    ];
  // The resolver's order changes from answer to answer.
  const askAll = (addresses: readonly string[]) =>
    Promise.all(addresses.toSorted(compareText).map((address) => askProcess(service, address, settings)));
  const [first = [], second = []] = found.families;
  const processes = await askAll(first);
  if (second.length === 0 || !processes.every(isUnreachable)) return processes;
  const others = await askAll(second);
  return others.every(isUnreachable) ? processes : others;
}

async function askProcess(service: Service, address: string, settings: AskingSettings): Promise<Process> {
  const { signal, lanes, attendance } = settings;
  const shown = authorityOf(address, service.connectOptions.port);
  const key = `${service.authority ?? ""} ${shown}`;
  const asked = await lanes.run(() => ask(service, address, settings), signal, attendance.rank(key));
  if (asked !== undefined) {
    const hasAnswered = asked.samples !== undefined;
    attendance.note(key, { hasAnswered, instance: hasAnswered ? asked.instance : undefined });
  }
  return { instance: attendance.instance(key), ...(asked ?? NOT_ASKED), address: shown };
}

function isUnreachable(process: Process): boolean {
  return process.problem !== undefined && process.isUnreachable;
}

async function findAddresses(
  { addresses, connectOptions: { host } }: Service,
  { names, signal }: AskingSettings,
): Promise<{ readonly families: readonly string[][] } | { readonly problem: string }> {
  if (isIP(host) !== 0) return { families: [[host]] };
  if (addresses.length > 0) return { families: familiesOf([...new Set(addresses)]) };
  const found = await names.find(host, signal);
  return found.problem === undefined ? { families: familiesOf(found.addresses) } : found;
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
