import { samplesOf } from "../../../worker/evaluation/exposition.ts";
import { requestHead } from "../../load/support/caller.ts";
import { failureOf, runCrowd } from "../../load/support/crowd.ts";
import { Latencies } from "../../load/support/latency.ts";
import { median } from "../support/median.ts";
import { Scraper, scrapeEvery } from "./scraper.ts";

const CALLERS = 4;
const PAUSE_MS = 2;
const UNITS = 1_000;

/** What callers and the process saw in one round. */
interface Round {
  readonly latencies: Latencies;
  readonly failures: number;
  readonly lagMs: number;
  readonly scrapes: number;
}

export interface Rounds {
  readonly port: number;
  readonly adminPort: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Between two scrapes, in the rounds that have them. */
  readonly everyMs: number;
}

export interface Side {
  /** Medians over the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lagMs: number;
  readonly requests: number;
  readonly failures: number;
  readonly scrapes: number;
}

/** Rounds with and without a scraper in turn, so that whatever else the machine does falls on both. */
export async function compare(options: Rounds): Promise<{ readonly quiet: Side; readonly scraped: Side }> {
  const quiet: Round[] = [];
  const scraped: Round[] = [];
  await runRound(options, undefined);
  for (let round = 0; round < options.rounds; round++) {
    quiet.push(await runRound(options, undefined));
    scraped.push(await runRound(options, options.everyMs));
  }
  return { quiet: summarize(quiet), scraped: summarize(scraped) };
}

async function runRound({ port, adminPort, seconds }: Rounds, everyMs: number | undefined): Promise<Round> {
  const latencies = new Latencies();
  const stop = new AbortController();
  const scraping = everyMs === undefined ? undefined : scrapeEvery(adminPort, everyMs, stop.signal);
  const until = performance.now() + seconds * 1000;
  let [sent, failures] = [0, 0];
  await runCrowd({
    ...{ port, size: CALLERS, pauseMs: PAUSE_MS, more: () => performance.now() < until },
    request: () => {
      const id = `unit-${sent++ % UNITS}`;
      return { bytes: requestHead("GET", "/200", { kind: "header", id }, false), note: undefined };
    },
    seen(outcome, _, tookMs) {
      if (failureOf(outcome) === undefined) latencies.add(tookMs);
      else failures++;
    },
  });
  stop.abort();
  const scrapes = (await scraping) ?? 0;
  const scraper = new Scraper(adminPort);
  const lag = samplesOf(await scraper.read(), "nodejs_eventloop_lag_p99_seconds")[0]?.value ?? Number.NaN;
  scraper.close();
  return { latencies, failures, lagMs: lag * 1000, scrapes };
}

function summarize(rounds: readonly Round[]): Side {
  const total = (read: (round: Round) => number) => rounds.reduce((sum, round) => sum + read(round), 0);
  return {
    p50Ms: median(rounds.map(({ latencies }) => latencies.at(0.5))),
    p99Ms: median(rounds.map(({ latencies }) => latencies.at(0.99))),
    lagMs: median(rounds.map(({ lagMs }) => lagMs)),
    requests: total(({ latencies }) => latencies.count),
    failures: total(({ failures }) => failures),
    scrapes: total(({ scrapes }) => scrapes),
  };
}
