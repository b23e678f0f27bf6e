import { type ClientRequest, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Health } from "../config/config.ts";
import type { ConnectOptions } from "./connect-options.ts";

/** What a check needs to know of an upstream. */
export interface CheckTarget {
  readonly connectOptions: ConnectOptions;
  readonly authority: string;
  readonly basePath: string;
  /** Name, value, name, value … */
  readonly headers: readonly string[];
}

/** Read and dropped of a check's body, so that the service need not see a reset; a longer one is cut off. */
const DISCARDED_BYTES = 64 * 1024;

/** What a check asks, and its deadline. */
export type CheckSettings = Pick<Health, "path" | "timeoutMs">;

/**
 * Asks an upstream on a connection of its own whether it is well: `GET` of the path (2xx is success; a redirect
 * may well lead to a login), or without a path whether it accepts a connection (with TLS: a handshake). Resolves
 * when the connection is closed: to undefined, or to what went wrong, in words for the operator. Never rejects.
 */
export function check(
  target: CheckTarget,
  { path, timeoutMs }: CheckSettings,
  signal: AbortSignal,
): Promise<string | undefined> {
  return path === undefined
    ? checkConnection(target, timeoutMs, signal)
    : checkPath(target, path, timeoutMs, signal);
}

async function checkConnection(
  { connectOptions }: CheckTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { tls, ...options } = connectOptions;
  const socket = tls ? connectTls(options) : connectPlain(options);
  let verdict: string | undefined = "the connection was closed";
  socket.once(tls ? "secureConnect" : "connect", () => {
    verdict = undefined;
    socket.destroy();
  });
  socket.on("error", (error) => {
    verdict = messageOf(error);
  });
  await closed(socket, timeoutMs, signal);
  return verdict;
}

async function checkPath(
  target: CheckTarget,
  path: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  let verdict: string | undefined = "the connection was closed";
  let isAnswered = false;
  const request = sendGet(target, path);
  request.once("response", (response) => {
    isAnswered = true;
    const status = response.statusCode ?? 0;
    verdict = status >= 200 && status <= 299 ? undefined : `answered ${status}`;
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DISCARDED_BYTES) request.destroy();
    });
    // The head has said it all; a body that breaks is none of the check's business.
    response.on("error", () => undefined);
  });
  request.on("error", (error) => {
    if (!isAnswered) verdict = messageOf(error);
  });
  request.end();
  await closed(request, timeoutMs, signal);
  return verdict === undefined ? undefined : `GET ${path}: ${verdict}`;
}

/** Resolves when the connection is closed, which is at the latest at the deadline or when `signal` says so. */
async function closed(
  connection: Socket | ClientRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => void connection.destroy(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener("abort", end);
  connection.once("close", () => resolve());
  await promise;
  clearTimeout(timer);
}

function sendGet({ connectOptions, authority, basePath, headers }: CheckTarget, path: string): ClientRequest {
  const { tls, ...connection } = connectOptions;
  const fields: Record<string, string> = { "user-agent": "blindsplit-health-check", accept: "*/*" };
  for (let index = 0; index < headers.length; index += 2)
    fields[headers[index] as string] = headers[index + 1] as string;
  fields.host = authority;
  const options = { ...connection, agent: false, method: "GET", path: basePath + path, headers: fields };
  return tls ? requestTls(options) : requestPlain(options);
}

/** A connect to several addresses fails with one error for each. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join("; ");
  return error.message;
}
