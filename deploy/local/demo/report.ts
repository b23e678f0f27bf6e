import {
  ABSENT,
  formatBytes,
  formatCount,
  formatSeconds,
  formatShare,
} from "../../../worker/evaluation/figures.ts";
import { orderLabels } from "../../../worker/evaluation/label-coverage.ts";
import type { Paint } from "../../../worker/evaluation/paint.ts";
import { LONGEST_HEADING, renderTable, shorten, type TableRow } from "../../../worker/evaluation/table.ts";
import { type Column, chanceMargin, compareMeans } from "./comparison.ts";
import type { Traffic } from "./traffic.ts";
import type { VariantFigures } from "./variant-figures.ts";

export interface Demo {
  readonly experiment: string;
  readonly url: string;
  readonly traffic: Traffic;
  /** In file order. */
  readonly columns: readonly Column[];
  /** Workers that could not be scraped before and after. */
  readonly unread: readonly string[];
  /** Variants that share a worker, whose metrics then cannot tell them apart. */
  readonly shared: readonly string[];
}

export function renderReport(demo: Demo, paint: Paint): string {
  const { traffic, columns } = demo;
  const [heading = "", ...body] = renderTable({
    headings: columns.map((column) => column.name),
    rows: tableRows(columns),
  });
  const lines = [
    ...describeTraffic(demo),
    ...describeFailures(traffic).map((line) => (traffic.failures.size > 0 ? paint.warn(line) : line)),
    "",
    paint.strong(heading),
    ...body,
    "",
    ...describeSpeed(columns).map(paint.strong),
    ...describeChance(demo),
    ...describeDoubts(demo).map(paint.warn),
  ];
  return `${lines.join("\n")}\n`;
}

function describeTraffic({ experiment, url, traffic }: Demo): string[] {
  const sent = traffic.answered + failedCount(traffic);
  const rate = traffic.seconds > 0 ? ` (${formatCount(sent / traffic.seconds)} per second)` : "";
  const headerUsers = Math.ceil(traffic.users / 2);
  return [
    `Experiment "${experiment}" through ${url}`,
    `${formatCount(sent)} requests of ${formatCount(traffic.users)} users in ${formatSeconds(traffic.seconds)}${rate};`,
    `${formatCount(headerUsers)} users sent an id in a header, ${formatCount(traffic.users - headerUsers)} kept a cookie.`,
  ];
}

function describeFailures(traffic: Traffic): string[] {
  if (traffic.failures.size === 0) return ["Failed requests: none"];
  const reasons = [...traffic.failures].map(([reason, count]) => `${formatCount(count)} × ${reason}`);
  return [`Failed requests: ${formatCount(failedCount(traffic))} (${reasons.join(", ")})`];
}

/** One source for all columns: the workers, or the gateway where a variant's workers tell nothing; null without either. */
function requestCounts(columns: readonly Column[]): number[] | null {
  const sources = [
    columns.flatMap(({ figures }) => figures?.requests ?? []),
    columns.flatMap(({ gateway }) => gateway?.requests ?? []),
  ];
  return sources.find((counts) => counts.length === columns.length) ?? null;
}

function tableRows(columns: readonly Column[]): TableRow[] {
  const counts = requestCounts(columns);
  const requests = counts?.reduce((sum, count) => sum + count, 0) ?? 0;
  const row = (name: string, cell: (figures: VariantFigures, column: Column) => string): TableRow => ({
    name,
    cells: columns.map((column) => (column.figures === null ? ABSENT : cell(column.figures, column))),
  });
  const comparison = compareMeans(columns);
  const labels = orderLabels(columns.flatMap((column) => [...(column.figures?.labels.keys() ?? [])]));
  return [
    counts === null
      ? row("requests", (figures) => formatCount(figures.requests))
      : { name: "requests", cells: counts.map(formatCount) },
    {
      name: "share",
      // Shares of a part would pass for shares of the whole.
      cells: columns.map((_, index) =>
        formatShare(counts && requests > 0 ? (counts[index] ?? 0) / requests : null),
      ),
    },
    { name: "weight", cells: columns.map((column) => `${column.weight} %`) },
    row("P50 inference", (figures) => quantile(figures.p50, figures)),
    row("P99 inference", (figures) => quantile(figures.p99, figures)),
    row("mean inference", (figures) => formatSeconds(figures.mean)),
    row("mean, compared", (_, { name }) => {
      if (name === comparison?.fastest) return "fastest";
      const slower = comparison?.others.find((other) => other.name === name);
      return slower === undefined ? ABSENT : `${formatShare(slower.by, 0)} slower`;
    }),
    ...labels.map((label) => row(`label ${label}`, (figures) => labelCell(figures, label))),
    row(
      "errors (worker)",
      (figures) => `${formatCount(figures.errors)} ${parenthesized(figures.errors / figures.requests)}`,
    ),
    {
      name: "errors (gateway)",
      cells: columns.map(({ gateway }) => (gateway === null ? ABSENT : formatCount(gateway.errors))),
    },
    row("memory", (figures) => formatBytes(figures.memoryBytes)),
  ];
}

/** Prometheus answers with its highest bound for anything slower; as a bare figure that would be a lie. */
function quantile(seconds: number | null, { highestBound }: VariantFigures): string {
  return seconds !== null && seconds === highestBound
    ? `≥ ${formatSeconds(seconds)}`
    : formatSeconds(seconds);
}

/** A label the model does not have is absent; one that it has and never gave is 0. */
function labelCell({ labels }: VariantFigures, label: string): string {
  const count = labels.get(label);
  if (count === undefined) return ABSENT;
  const predictions = [...labels.values()].reduce((sum, value) => sum + value, 0);
  return `${formatCount(count)} ${parenthesized(count / predictions)}`;
}

function parenthesized(share: number): string {
  return `(${formatShare(share)})`.padStart(9);
}

function describeSpeed(columns: readonly Column[]): string[] {
  const comparison = compareMeans(columns);
  if (comparison === null) return [];
  return comparison.others.map(({ name, mean, by }) => {
    const [slower, fastest] = [name, comparison.fastest].map((text) => shorten(text, LONGEST_HEADING));
    const claim = `${slower} is ${formatShare(by, 0)} slower than ${fastest}`;
    const line = `${claim} (mean ${formatSeconds(mean)} against ${formatSeconds(comparison.mean)}).`;
    // The means are in the table as well.
    return line.length <= 80 ? line : `${claim}.`;
  });
}

function describeChance({ columns, traffic }: Demo): string[] {
  const margin = Math.max(...columns.map((column) => chanceMargin(column.weight, traffic.users)));
  // Without shares in the table there is nothing to allow for.
  if (columns.length < 2 || margin === 0 || requestCounts(columns) === null) return [];
  return [
    `With ${formatCount(traffic.users)} users a share may be ${(margin * 100).toFixed(1)} points off its weight by chance (95 %).`,
  ];
}

function describeDoubts({ columns, traffic, unread, shared, url }: Demo): string[] {
  const counted = columns.reduce(
    (sum, { figures }) => sum + [...(figures?.labels.values() ?? [])].reduce((a, b) => a + b, 0),
    0,
  );
  const labelled = traffic.answered - traffic.unlabelled;
  const doubts = unread.map(
    (origin) =>
      `No metrics from ${origin}: its variant's figures lack that worker. The live page has them, if only the gateway reaches it.`,
  );
  if (shared.length > 0) {
    doubts.push(
      `${shared.join(" and ")} share a worker: its metrics cannot tell them apart, each column shows them all.`,
    );
  } else if (unread.length === 0 && counted > labelled) {
    doubts.push(
      `The workers also answered ${formatCount(counted - labelled)} requests of others; the table holds them.`,
    );
  } else if (unread.length === 0 && counted < labelled) {
    doubts.push(
      `The workers counted ${formatCount(counted)} predictions for ${formatCount(labelled)} answers:`,
      `do --url ${url} and --admin belong to the same gateway?`,
    );
  }
  if (traffic.unlabelled > 0) {
    doubts.push(
      `${formatCount(traffic.unlabelled)} answers had no label: labels and inference times need blindsplit workers.`,
    );
  }
  if (traffic.strangers > 0) {
    doubts.push(
      `${formatCount(traffic.strangers)} users were never given a cookie: each request of theirs was a new user.`,
    );
  }
  return doubts;
}

function failedCount(traffic: Traffic): number {
  return [...traffic.failures.values()].reduce((sum, count) => sum + count, 0);
}
