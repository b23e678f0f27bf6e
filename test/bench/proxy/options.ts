import { readFlags, wholeNumber } from "../../../worker/evaluation/arguments.ts";
import { chooseContestants } from "../support/contestants.ts";
import { CONTESTANTS, type Contestant, FEATURES } from "./contestants.ts";

export interface Options {
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** Of the phases with small requests and 32 connections; the others take half. */
  readonly seconds: number;
  /** What the report's files are called. */
  readonly report: "proxy" | "features";
  /** Only small requests in a closed loop. */
  readonly small: boolean;
  readonly profile: boolean;
}

const NAMES = CONTESTANTS.map(({ name }) => name);

export const HELP = `What blindsplit costs beside other proxies in front of the same nginx

Usage: npm run bench:proxy -- [options]

  --rounds N       interleaved rounds, of which the medians are taken       (7)
  --seconds N      of a phase; one connection and large bodies take half    (4)
  --only A,B       only these of ${NAMES.join(", ")}
  --without A,B    all but these
  --features       instead of them, blindsplit beside itself with tokens and with a shadow: ${FEATURES.map(({ name }) => name).join(", ")}
  --quick          2 rounds of 1 s
  --small          only small requests in a closed loop
  --profile        profiles blindsplit and prints where its time goes
  --help

Writes .blindsplit/bench/proxy.md and proxy.json (features.md and features.json). Ends with 1 if a threshold is missed.
`;

const FLAGS = {
  rounds: { type: "string" },
  seconds: { type: "string" },
  only: { type: "string" },
  without: { type: "string" },
  features: { type: "boolean" },
  quick: { type: "boolean" },
  small: { type: "boolean" },
  profile: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** undefined asks for the help. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  const flags = readFlags(argv, FLAGS);
  if (flags.help === true) return undefined;
  const quick = flags.quick === true;
  const features = flags.features === true;
  return {
    contestants: chooseContestants(features ? FEATURES : CONTESTANTS, flags),
    report: features ? "features" : "proxy",
    rounds: wholeNumber("rounds", flags.rounds ?? (quick ? "2" : "7"), 1, 100),
    seconds: wholeNumber("seconds", flags.seconds ?? (quick ? "1" : "4"), 1, 600),
    small: flags.small === true,
    profile: flags.profile === true,
  };
}
