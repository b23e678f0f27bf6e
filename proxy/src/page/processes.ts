import { isIP } from "node:net";
import type { ResolveName } from "../upstream/name.ts";
import { type Asked, type AskSettings, type AskTarget, ask, authorityOf } from "./ask.ts";
import type { Lanes } from "./lanes.ts";

/** A service with the addresses that are known of it. */
export interface Service extends AskTarget {
  /** Empty asks the resolver. */
  readonly addresses: readonly string[];
}

export type Process = Asked & {
  /** Address and port; the name where it leads nowhere. */
  readonly address: string;
};

export interface AskingSettings extends AskSettings {
  readonly resolve: ResolveName;
  /** All asking of one collection goes through them. */
  readonly lanes: Lanes;
}

const NOT_ASKED: Asked = {
  problem: "It was not asked: there are too many processes, or too many that do not answer.",
  isUnreachable: false,
};

/**
 * Asks every process behind a service: one for each address that its name leads to, so that none is counted through
 * another. Addresses of the resolver's first family only, as one process often has one of both; the other family where
 * nobody can be reached by the first. Sorted by address. Never rejects.
 */
export async function askProcesses(service: Service, settings: AskingSettings): Promise<Process[]> {
  const { host, port } = service.connectOptions;
  const { signal, lanes } = settings;
  const found = await findAddresses(service, settings);
  if ("problem" in found)
    return [{ address: authorityOf(host, port), problem: found.problem, isUnreachable: true }];
  // The resolver's order changes from answer to answer.
  const askAll = (addresses: readonly string[]) =>
    Promise.all(
      addresses.toSorted(compareText).map(async (address): Promise<Process> => {
        const asked = await lanes.run(() => ask(service, address, settings), signal);
        return { address: authorityOf(address, port), ...(asked ?? NOT_ASKED) };
      }),
    );
  const [first = [], second = []] = found.families;
  const processes = await askAll(first);
  if (second.length === 0 || !processes.every(isUnreachable)) return processes;
  const others = await askAll(second);
  return others.every(isUnreachable) ? processes : others;
}

function isUnreachable(process: Process): boolean {
  return process.problem !== undefined && process.isUnreachable;
}

async function findAddresses(
  { addresses, connectOptions: { host } }: Service,
  { resolve, signal, deadlineMs }: AskingSettings,
): Promise<{ readonly families: readonly string[][] } | { readonly problem: string }> {
  if (isIP(host) !== 0) return { families: [[host]] };
  try {
    const known =
      addresses.length > 0
        ? addresses
        : (await unlessAborted(resolve(host), signal)).map(({ address }) => address);
    const unique = [...new Set(known)];
    const families = [...new Set(unique.map(isIP))];
    return {
      families: families.map((family) => unique.filter((address) => isIP(address) === family)),
    };
  } catch (error) {
    const reason = signal.aborted
      ? `no answer of the resolver within ${deadlineMs} ms`
      : (error as Error).message;
    return { problem: `Its name leads nowhere: ${reason}.` };
  }
}

/** The resolver itself cannot be called off. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new Error("called off"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
