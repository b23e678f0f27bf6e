import type { Registry } from "prom-client";
import { NO_LABEL } from "../model/labels.ts";
import type { Prediction } from "../model/prediction.ts";
import { CHARACTER_BUCKETS } from "./buckets.ts";
import { histogram } from "./histogram.ts";
import { METRICS, STATUSES } from "./metrics.ts";
import { counter, counters, type Labels, type Named, type Series } from "./series.ts";

/** What is known of a text when its request has been read. */
export interface InputFacts {
  /** Unicode characters, before truncation. */
  readonly characters: number;
  /** Those above U+007F. */
  readonly nonAsciiCharacters: number;
}

/** Why a connection was refused or cut. A closed set: it is a metric label. */
export const DROPPED_CONNECTIONS = ["too_many_open", "pipelined", "unread"] as const;
export type DroppedConnection = (typeof DROPPED_CONNECTIONS)[number];

/** What prediction requests ended with. */
export interface AnswerRecord {
  /** One answered prediction request: each prediction counts, with its label. */
  answered(predictions: readonly Pick<Prediction, "label">[]): void;
  /** One prediction request that ended without a prediction; 499 for a caller who left. */
  failed(status: number): void;
}

export interface RequestRecord extends AnswerRecord {
  /** The same of shadow requests, which are in nothing else here. */
  readonly shadow: AnswerRecord;
  /** One text that was predicted. */
  input(facts: InputFacts): void;
  /** A request was refused with `text_empty`. */
  emptyInput(): void;
  connectionDropped(reason: DroppedConnection): void;
}

const OK = "200";
const OTHER = "other";

/** @param labels what the model can say; empty for a regression, whose answers have no label. */
export function createRequestRecord(
  registry: Registry,
  version: Labels,
  labels: readonly string[],
): RequestRecord {
  const characters = histogram(registry, METRICS.characters, version, CHARACTER_BUCKETS);
  const nonAscii = counter(registry, METRICS.nonAscii, version);
  const empty = counter(registry, METRICS.emptyInputs, version);
  const droppedConnections = counters(
    registry,
    METRICS.droppedConnections,
    DROPPED_CONNECTIONS.map((reason) => ({ ...version, reason })),
  );
  const dropped = new Map(
    DROPPED_CONNECTIONS.map((reason, at) => [reason, droppedConnections[at] as Series]),
  );

  return {
    ...recordAnswers(registry, METRICS.requests, version, labels),
    shadow: recordAnswers(registry, METRICS.shadowRequests, version, labels),
    input(facts) {
      characters.observe(facts.characters);
      nonAscii.value += facts.nonAsciiCharacters;
    },
    emptyInput() {
      empty.value += 1;
    },
    connectionDropped(reason) {
      (dropped.get(reason) as Series).value += 1;
    },
  };
}

function recordAnswers(
  registry: Registry,
  metric: Named,
  version: Labels,
  labels: readonly string[],
): AnswerRecord {
  // Legal pairs only: a prediction means 200 and has a label, if the model has any; everything else has none.
  const answers = labels.length === 0 ? [NO_LABEL] : labels;
  const failures = STATUSES.filter((status) => status !== OK);
  const series = counters(registry, metric, [
    ...answers.map((label) => ({ ...version, status: OK, sentiment_label: label })),
    ...failures.map((status) => ({ ...version, status, sentiment_label: NO_LABEL })),
  ]);
  const answered = new Map(answers.map((label, at) => [label, series[at] as Series]));
  const failed = new Map<string, Series>(
    failures.map((status, at) => [status, series[answers.length + at] as Series]),
  );
  const other = failed.get(OTHER) as Series;

  return {
    answered(predictions) {
      for (const { label = NO_LABEL } of predictions) {
        const found = answered.get(label);
        if (found === undefined) throw new RangeError(`the model has no label ${JSON.stringify(label)}`);
        found.value += 1;
      }
    },
    failed(status) {
      (failed.get(String(status)) ?? other).value += 1;
    },
  };
}
