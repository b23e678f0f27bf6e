import { type Machine, machineLines } from "../support/machine.ts";
import { type Column, figure, table } from "../support/markdown.ts";
import type { Verdict } from "../support/verdict.ts";
import type { Contestant } from "./contestants.ts";
import { CONNECTIONS } from "./rounds.ts";
import type { Row } from "./summary.ts";

export interface Report {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** Requests per second over all connections; undefined where that was not measured. */
  readonly rate: number | undefined;
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
}

const REFERENCES = ["envoy", "http-proxy-3", "bare"];

export function markdownOf(report: Report, contestants: readonly Contestant[]): string {
  const { machine, rounds, seconds, rate, rows, verdicts } = report;
  const references = REFERENCES.filter((name) => cpuOf(rows, name) !== undefined);
  const small: Column<Row>[] = [
    ["", ({ contestant }) => contestant],
    ["CPU µs", ({ phases }) => figure(phases.small?.cpuUs, 1)],
    ...references.map(
      (name): Column<Row> => [
        `÷ ${name}`,
        ({ phases }) => figure(divide(phases.small?.cpuUs, cpuOf(rows, name)), 2),
      ],
    ),
    ["requests/s", ({ phases }) => figure(phases.small?.perSecond)],
    ["p50 µs", ({ phases }) => figure(phases.small?.p50Us)],
    ["p99 µs", ({ phases }) => figure(phases.small?.p99Us)],
    ["failed", ({ failed }) => figure(failed)],
  ];
  const other: Column<Row>[] = [
    ["", ({ contestant }) => contestant],
    ["added µs, 1 connection", ({ addedUs }) => figure(addedUs)],
    ["p50 µs at the rate", ({ phases }) => figure(phases.rate?.p50Us)],
    ["p99 µs at the rate", ({ phases }) => figure(phases.rate?.p99Us)],
    ["CPU µs at the rate", ({ phases }) => figure(phases.rate?.cpuUs, 1)],
    ["CPU µs, 64 KiB up", ({ phases }) => figure(phases.up?.cpuUs, 1)],
    ["up/s", ({ phases }) => figure(phases.up?.perSecond)],
    ["CPU µs, 64 KiB down", ({ phases }) => figure(phases.down?.cpuUs, 1)],
    ["down/s", ({ phases }) => figure(phases.down?.perSecond)],
  ];
  return [
    "# What a request costs",
    "",
    ...machineLines(machine),
    "",
    `POST of 60 bytes with X-User-Id over ${CONNECTIONS} connections that stay open, in front of one nginx worker that answers at`,
    `once; each proxy with one thread, pinned to a core, load and backend on the other; medians of ${rounds} interleaved rounds of`,
    `${seconds} s. CPU is user and system time of the proxy's processes for each request.`,
    "",
    ...table(small, rows),
    "",
    ...(rate === undefined
      ? []
      : [
          `The fixed rate is ${rate} requests/s, at most half of what the slowest can do.`,
          "",
          ...table(other, rows),
          "",
        ]),
    ...verdicts.map(
      ({ promise, figure: judged, least, most, reached }) =>
        `- ${reached ? "reached" : "MISSED"}: ${promise} (${judged.toFixed(2)}; rounds ${least.toFixed(2)} to ${most.toFixed(2)})`,
    ),
    "",
    ...contestants.map(({ name, about }) => `- ${name}: ${about}`),
    "",
  ].join("\n");
}

function cpuOf(rows: readonly Row[], name: string): number | undefined {
  return rows.find(({ contestant }) => contestant === name)?.phases.small?.cpuUs;
}

function divide(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}
