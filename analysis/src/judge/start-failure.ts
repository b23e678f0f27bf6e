import { ConfigError } from "../../../proxy/src/config/problem.ts";

/** Why the judge could not start, and what helps, in words for whoever started it. */
export function explainStart(error: unknown): string {
  if (error instanceof ConfigError) return `the configuration cannot be used\n${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const { code, port, address, hostname } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
    hostname?: string;
  };
  const where = [address ?? hostname, port].filter((part) => part !== undefined).join(":");
  switch (code) {
    case "EADDRINUSE":
      return `${where} (judge) is in use; stop what listens there or choose another with --port`;
    case "EACCES":
      return `${where} (judge) may not be bound by this user; choose a port above 1023 with --port`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${where} (judge) is no address of this machine; choose another with --host`;
    default:
      return error.message;
  }
}
