import type { Contestant } from "./contestants.ts";
import type { Machine } from "./machine.ts";
import { CONNECTIONS } from "./rounds.ts";
import type { Row } from "./summary.ts";
import type { Verdict } from "./verdict.ts";

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

/** A column is a heading and how a row's cell is read; undefined becomes a dash. */
type Column = readonly [string, (row: Row) => string | undefined];

export function markdownOf(report: Report, contestants: readonly Contestant[]): string {
  const { machine, rounds, seconds, rate, rows, verdicts } = report;
  const references = REFERENCES.filter((name) => cpuOf(rows, name) !== undefined);
  const small: Column[] = [
    ["", ({ contestant }) => contestant],
    ["CPU µs", ({ phases }) => figure(phases.small?.cpuUs, 1)],
    ...references.map(
      (name): Column => [
        `÷ ${name}`,
        ({ phases }) => figure(divide(phases.small?.cpuUs, cpuOf(rows, name)), 2),
      ],
    ),
    ["requests/s", ({ phases }) => figure(phases.small?.perSecond)],
    ["p50 µs", ({ phases }) => figure(phases.small?.p50Us)],
    ["p99 µs", ({ phases }) => figure(phases.small?.p99Us)],
    ["failed", ({ failed }) => figure(failed)],
  ];
  const other: Column[] = [
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
  const { cpu, cores, shared, memoryGiB, kernel, date, load, versions } = machine;
  return [
    "# What a request costs",
    "",
    `${date}; ${cpu}, ${cores} cores${shared ? " (threads of one)" : ""}, ${memoryGiB} GiB, Linux ${kernel}, load ${load.toFixed(1)} before the run;`,
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
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
      ({ promise, ratio, least, most, reached }) =>
        `- ${reached ? "reached" : "MISSED"}: ${promise} (${ratio.toFixed(2)}; rounds ${least.toFixed(2)} to ${most.toFixed(2)})`,
    ),
    "",
    ...contestants.map(({ name, about }) => `- ${name}: ${about}`),
    "",
  ].join("\n");
}

function table(columns: readonly Column[], rows: readonly Row[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(([heading]) => heading)),
    line(columns.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map((row) => line(columns.map(([, read]) => read(row) ?? "–"))),
  ];
}

function figure(value: number | undefined, decimals = 0): string | undefined {
  return value?.toFixed(decimals);
}

function cpuOf(rows: readonly Row[], name: string): number | undefined {
  return rows.find(({ contestant }) => contestant === name)?.phases.small?.cpuUs;
}

function divide(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}
