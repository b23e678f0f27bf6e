import { isIP, type LookupFunction } from "node:net";
import { buildConnector, Client } from "undici";
import type { ConnectOptions } from "../upstream/connect-options.ts";
import type { Amount, ReadingBudget } from "./budget.ts";
import { ExpositionReader, type Wanted } from "./exposition.ts";
import type { Sample } from "./scrape.ts";

/** Random for each process, on the answers to `GET /metrics`: by it a gateway knows itself and meets nobody twice. */
export const INSTANCE_HEADER = "x-blindsplit-instance";

/** What a gateway calls itself; anything else is nobody's name. */
const INSTANCE = /^[\w-]{1,64}$/;

/** A service whose processes are asked for their metrics. */
export interface AskTarget {
  readonly connectOptions: ConnectOptions;
  /** The `Host` field; undefined says the address itself. */
  readonly authority: string | undefined;
  /** Name, value, name, value … */
  readonly headers: readonly string[];
}

export interface AskSettings {
  readonly wanted: Wanted;
  /** Of one answer. */
  readonly most: Amount;
  /** Of all answers together. */
  readonly budget: ReadingBudget;
  readonly deadlineMs: number;
  /** Calls everything off. */
  readonly signal: AbortSignal;
}

export type Asked =
  | { readonly samples: readonly Sample[]; readonly instance: string | undefined; readonly problem?: never }
  | {
      /** One sentence for the operator. */
      readonly problem: string;
      readonly isUnreachable: boolean;
      /** It answered in time, only nothing that is read here; not so with a 5xx, which may be of whoever stands before it. */
      readonly hasAnswered: boolean;
      readonly samples?: never;
    };

/** `GET /metrics` of the process at one address of a service, on a connection of its own. Never rejects. */
export async function ask(
  target: AskTarget,
  address: string,
  { wanted, most, budget, deadlineMs, signal }: AskSettings,
): Promise<Asked> {
  const { connectOptions, authority = authorityOf(address, connectOptions.port), headers } = target;
  const { host, port, tls } = connectOptions;
  const client = new Client(`${tls ? "https" : "http"}://${authorityOf(host, port)}`, {
    connect: connectorTo(address, connectOptions, deadlineMs),
    allowH2: false,
  });
  const deadline = AbortSignal.timeout(deadlineMs);
  let isConnected = false;
  client.once("connect", () => {
    isConnected = true;
  });
  try {
    const answer = await client.request({
      method: "GET",
      path: "/metrics",
      headers: [...headers, ...ownHeaders(authority)],
      signal: AbortSignal.any([signal, deadline]),
    });
    if (answer.statusCode !== 200)
      return {
        problem: `It answered ${answer.statusCode} to GET /metrics.`,
        isUnreachable: false,
        hasAnswered: answer.statusCode < 500,
      };
    const samples = await read(answer.body, { wanted, most, budget });
    const instance = answer.headers[INSTANCE_HEADER];
    const isInstance = typeof instance === "string" && INSTANCE.test(instance);
    return { samples, instance: isInstance ? instance : undefined };
  } catch (error) {
    const isLate = deadline.aborted || signal.aborted;
    const reason = isLate ? `nothing within ${deadlineMs} ms` : messageOf(error as Error);
    return {
      problem: `It cannot be asked for GET /metrics: ${reason}.`,
      isUnreachable: !isConnected,
      hasAnswered: !isLate && error instanceof RangeError,
    };
  } finally {
    await client.destroy();
  }
}

/** Throws a RangeError where there is more than may be read. */
async function read(
  body: AsyncIterable<Buffer>,
  { wanted, most, budget }: Pick<AskSettings, "wanted" | "most" | "budget">,
): Promise<readonly Sample[]> {
  const reader = new ExpositionReader(wanted);
  let bytes = 0;
  for await (const chunk of body) {
    const before = reader.samples;
    bytes += chunk.length;
    reader.push(chunk);
    if (bytes > most.bytes) throw new RangeError(`its answer has more than ${most.bytes} bytes`);
    if (reader.samples > most.samples)
      throw new RangeError(`its answer has more than ${most.samples} samples`);
    if (!budget.take({ bytes: chunk.length, samples: reader.samples - before }))
      throw new RangeError(
        `all answers together have more than ${budget.amount.bytes} bytes or ${budget.amount.samples} samples`,
      );
  }
  return reader.end();
}

/** Host and port as a URL has them. */
export function authorityOf(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Connects to `address`, whatever the name leads to; TLS asks for the name's certificate all the same. */
function connectorTo(address: string, options: ConnectOptions, timeoutMs: number) {
  const { host: _host, port: _port, tls: _tls, servername, ...rest } = options;
  const lookup: LookupFunction = (_hostname, { all }, callback) =>
    queueMicrotask(() => {
      const found = { address, family: isIP(address) };
      if (all === true) callback(null, [found]);
      else callback(null, found.address, found.family);
    });
  const connect = buildConnector({ ...rest, lookup, allowH2: false, timeout: timeoutMs });
  return ((target, callback) =>
    connect({ ...target, servername: servername ?? "" }, callback)) satisfies ReturnType<
    typeof buildConnector
  >;
}

function ownHeaders(authority: string): string[] {
  return [
    ...["host", authority],
    ...["user-agent", "blindsplit-page"],
    ...["accept", "text/plain;version=0.0.4"],
    ...["accept-encoding", "identity"],
  ];
}

function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join("; ");
  return error.message;
}
