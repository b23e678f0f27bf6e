import { isIP } from "node:net";
import { ListenError } from "./app.ts";
import { ConfigError } from "./config/problem.ts";

/** Why the proxy could not start, and what helps, in words for whoever started it. */
export function explainStart(error: unknown): string {
  if (error instanceof ConfigError) return `the configuration cannot be used\n${error.message}`;
  if (!(error instanceof ListenError)) return error instanceof Error ? error.message : String(error);
  const { address } = error.cause;
  if (address !== undefined && isIP(address) === 0) return explainSocket(address, error);
  return explainPort(error);
}

/** Node gives errors of a unix socket its path as `address`; to an address of a port it has resolved every name. */
function explainSocket(path: string, { cause }: ListenError): string {
  const where = `${path} (listen.unix)`;
  switch (cause.code) {
    case "EADDRINUSE":
      return `${where} is in use, or is a file that is no socket; stop what listens there, remove the file, or name another path`;
    // libuv says the same where the folder is missing.
    case "EACCES":
      return `${where} may not be created by this user; name a path in a folder that is there and that this user may write to`;
    default:
      return `${where} cannot be bound: ${cause.message}; name another path`;
  }
}

function explainPort({ listener, cause, message }: ListenError): string {
  const flag = listener === "traffic" ? "--port" : "--admin-port";
  const address = [cause.address ?? cause.hostname, cause.port]
    .filter((part) => part !== undefined)
    .join(":");
  const where = `${address} (${listener})`;
  switch (cause.code) {
    case "EADDRINUSE":
      return `${where} is in use; stop what listens there or choose another with ${flag}`;
    case "EACCES":
      return `${where} may not be bound by this user; choose a port above 1023 with ${flag}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${where} is no address of this machine; choose another with ${flag.replace("port", "host")}`;
    default:
      return message;
  }
}
