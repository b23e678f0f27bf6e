import { httpUrl, readFlags, wholeNumber } from "../../../worker/evaluation/arguments.ts";

export interface Options {
  /** The gateway's traffic listener. */
  readonly url: string;
  /** Its admin listener. */
  readonly admin: string;
  readonly users: number;
  /** Altogether, spread evenly over the users. */
  readonly requests: number;
  readonly concurrency: number;
}

export const USAGE = `Sends sentences through the running gateway as many users and prints its variants side by side.

  npm run demo -- [options]

  --url URL          the gateway's traffic listener (default http://127.0.0.1:8080)
  --admin URL        its admin listener (default http://127.0.0.1:8081)
  --users N          half send their id in a header, half keep a cookie (default 300)
  --requests N       altogether (default 1500)
  --concurrency N    users that wait for an answer at once (default 8)
  --help             this text

Exit code: 0 every request was answered, 1 at least one was not or the gateway is not there, 2 wrong options.
`;

const FLAGS = {
  url: { type: "string", default: "http://127.0.0.1:8080" },
  admin: { type: "string", default: "http://127.0.0.1:8081" },
  users: { type: "string", default: "300" },
  requests: { type: "string", default: "1500" },
  concurrency: { type: "string", default: "8" },
  help: { type: "boolean", short: "h" },
} as const;

export function parseOptions(argv: readonly string[]): Options | "help" {
  const flags = readFlags(argv, FLAGS);
  if (flags.help === true) return "help";
  return {
    url: httpUrl("url", flags.url),
    admin: httpUrl("admin", flags.admin),
    users: wholeNumber("users", flags.users, 1, 100_000),
    requests: wholeNumber("requests", flags.requests, 1, 10_000_000),
    concurrency: wholeNumber("concurrency", flags.concurrency, 1, 256),
  };
}
