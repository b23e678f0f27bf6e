import { setImmediate as nextTurn } from "node:timers/promises";
import { PROBLEMS, type ProblemCode, type Refusal } from "../errors.ts";
import type { Exchange } from "../request/exchange.ts";
import type { RequestHead } from "../request/headers.ts";
import type { OutcomeDesk } from "./desk.ts";
import { isAuthorised, limitRate, refuseType } from "./gate.ts";
import { readBatch, readReport } from "./report.ts";
import { readReportBody } from "./report-body.ts";

/** Reports are answered within this, or told to come again; then they count as what they are: the same once more. */
const ANSWER_MS = 10_000;
const RETRY_AFTER_SECONDS = 1;
/** Opening so many tokens takes a millisecond or two. */
const EXAMINED_A_TURN = 100;
const PREFLIGHT_SECONDS = 600;

/** One reported outcome's own answer. */
type Result =
  | { readonly status: 202 }
  | { readonly status: number; readonly code: ProblemCode; readonly detail: string };

const COUNTED: Result = { status: 202 };
const ALLOWED = ["allow", "POST, OPTIONS"] as const;

/** Answers a request to `outcomes.path`. Nothing in the answer depends on the variant that a token names. */
export function answerReport(exchange: Exchange, head: RequestHead, desk: OutcomeDesk): void {
  const { request } = exchange;
  const { origin } = request.headers;
  const cors = origin !== undefined && desk.admits(origin) ? corsOf(origin) : [];
  const refuse = (refusal: Refusal, extra: readonly string[] = []) =>
    exchange.refuse(refusal, [...cors, ...extra]);
  if (request.method === "OPTIONS") return answerPreflight(exchange, cors);
  if (request.method !== "POST")
    return refuse({ code: "method_not_allowed", detail: "Outcomes are reported by POST." }, ALLOWED);
  exchange.startWaiting();
  void limitRate(exchange, head, desk).then((limited) => {
    exchange.stopWaiting();
    if (exchange.isOver) return;
    if (limited !== undefined) return refuse(limited);
    if (!isAuthorised(desk.settings.key, request.headers.authorization))
      return refuse(
        {
          code: "unauthorised",
          detail: "Outcomes ask for a key (outcomes.key): send it as Authorization: Bearer KEY.",
        },
        ["www-authenticate", "Bearer"],
      );
    const untyped = refuseType(request.headers);
    if (untyped !== undefined) return refuse(untyped);
    exchange.startWaiting();
    readReportBody(exchange, head, (body) => {
      exchange.stopWaiting();
      void answerBody(exchange, desk, body, cors, refuse);
    });
  });
}

async function answerBody(
  exchange: Exchange,
  desk: OutcomeDesk,
  body: Buffer,
  cors: readonly string[],
  refuse: (refusal: Refusal) => void,
): Promise<void> {
  const content = parse(body);
  if (content === undefined)
    return refuse({ code: "outcome_malformed", detail: "The body is no JSON; send application/json." });
  const batch = readBatch(content.json);
  if (batch !== undefined && "flaw" in batch)
    return refuse({ code: "outcome_malformed", detail: batch.flaw });
  const taking = withDeadline(takeAll(desk, batch ?? [content.json]));
  // What is left is the disk's and Redis's, and other requests' turns.
  exchange.startWaiting();
  const results = await taking;
  exchange.stopWaiting();
  if (exchange.isOver) return;
  if (results === undefined) return refuse(LATE);
  // Whoever is told to come again sends all of it: what was counted is known then.
  const unstored = results.find((result) => result.status >= 500);
  const [single] = results;
  if (unstored !== undefined && "code" in unstored)
    return refuse({ ...unstored, retryAfterSeconds: RETRY_AFTER_SECONDS });
  if (batch === undefined && single !== undefined && "code" in single)
    return refuse({ code: single.code, detail: single.detail });
  answerJson(exchange, batch === undefined ? 202 : 200, batch === undefined ? COUNTED : { results }, cors);
}

async function takeAll(desk: OutcomeDesk, items: readonly unknown[]): Promise<readonly Result[]> {
  const results: Promise<Result>[] = [];
  for (const item of items) {
    if (results.length > 0 && results.length % EXAMINED_A_TURN === 0) await nextTurn();
    results.push(takeOne(desk, item));
  }
  return Promise.all(results);
}

async function takeOne(desk: OutcomeDesk, item: unknown): Promise<Result> {
  const read = readReport(item);
  if ("flaw" in read) {
    desk.rejected("malformed");
    return problem("outcome_malformed", read.flaw);
  }
  const examined = desk.examine(read.report);
  if ("code" in examined) {
    desk.rejected(examined.reason);
    return problem(examined.code, examined.detail);
  }
  const { outcome, key } = examined;
  const isUncounted = typeof outcome === "string";
  const taken = isUncounted ? desk.drop(key) : await desk.take(outcome, key);
  if (isUncounted && taken === "dropped") desk.rejected(outcome);
  else if (taken !== "counted" && taken !== "dropped") desk.rejected(taken);
  switch (taken) {
    case "counted":
    case "dropped":
    case "duplicate":
      return COUNTED;
    case "conflict":
      return problem(
        "outcome_conflict",
        "This outcome was reported before with another value: the first one stays.",
      );
    case "busy":
      return problem(
        "outcomes_busy",
        "Too many outcomes are being written, or this one is by another gateway; try again.",
      );
    case "not_stored":
      return problem(
        "outcomes_not_stored",
        "Outcomes cannot be written to disk now (outcomes.journal); try again later.",
      );
  }
}

function problem(code: ProblemCode, detail: string): Result {
  return { status: PROBLEMS[code].status, code, detail };
}

const LATE: Refusal = {
  code: "outcomes_not_stored",
  detail: `The outcomes were not on disk after ${ANSWER_MS} ms (outcomes.journal); send them again.`,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
};

async function withDeadline<T>(work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function answerJson(exchange: Exchange, status: number, content: unknown, cors: readonly string[]): void {
  const body = JSON.stringify(content);
  const headers = ["content-type", "application/json", "content-length", String(Buffer.byteLength(body))];
  exchange.startAnswer(status, [...headers, "cache-control", "no-store", ...cors]);
  exchange.response.end(body);
}

/** Whoever is no page from a configured origin is told what is allowed, and no page is. */
function answerPreflight(exchange: Exchange, cors: readonly string[]): void {
  const allowed =
    cors.length === 0
      ? []
      : [
          ...["access-control-allow-methods", "POST"],
          ...["access-control-allow-headers", "authorization, content-type"],
          ...["access-control-max-age", String(PREFLIGHT_SECONDS)],
        ];
  exchange.startAnswer(204, [...ALLOWED, ...cors, ...allowed]);
  exchange.response.end();
}

function corsOf(origin: string): readonly string[] {
  return [
    "access-control-allow-origin",
    origin,
    "access-control-expose-headers",
    "Retry-After",
    "vary",
    "Origin",
  ];
}

/** In an object of its own, since `null` is JSON too. */
function parse(body: Buffer): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown };
  } catch {
    return undefined;
  }
}
