import type { IncomingHttpHeaders } from "node:http";
import type { Refusal } from "../errors.ts";
import type { Variant } from "../generation.ts";
import { PREDICTION_HEADER } from "../outcomes/prediction.ts";
import type { Upstream } from "../upstream/upstream.ts";
import {
  type Answer,
  type AnswerHead,
  BodilessAnswer,
  type Flow,
  type Source,
  StreamedAnswer,
} from "./answer.ts";
import { createDecoder, DecodedAnswer } from "./decoded-answer.ts";
import type { Exchange } from "./exchange.ts";
import { FilteredAnswer } from "./filtered-answer.ts";
import { FramedAnswer } from "./framed-answer.ts";
import { upstreamError } from "./upstream-refusals.ts";

/** What lies above is no HTTP status (RFC 9110, 15), and HTTP/2 cannot say it. */
const GREATEST_STATUS = 599;
const NO_HEADERS: readonly string[] = [];

/** A service's answer that does not leave; ours leaves instead, with these headers. */
export interface Replacement extends Refusal {
  readonly headers: readonly string[];
  /** What follows is of no use and may be long: the call ends here. An error's body is read, so that its connection lives on. */
  readonly isAbandoned: boolean;
}

/** Chooses how an upstream's answer reaches the caller, if it does. Tell a replacement by `"code" in` it. */
export function openAnswer(
  exchange: Exchange,
  variant: Variant,
  upstream: Upstream,
  status: number,
  headers: IncomingHttpHeaders,
  source: Source,
): Answer | Replacement {
  const { blinder, replacesClientErrors, fieldFilter, loaded } = exchange.generation;
  const { method } = exchange.request;
  if (status > GREATEST_STATUS) return replaceError(502, NO_HEADERS);
  if (status >= 500 || (status >= 400 && replacesClientErrors))
    return replaceError(status, blinder.errorHeaders(headers));
  if (!isFramed(status, headers, method)) {
    variant.record.unframed.value++;
    if (loaded.config.upstream.requireFraming) return NOT_FRAMED;
  }
  const prediction = headers[PREDICTION_HEADER];
  exchange.prediction = typeof prediction === "string" ? prediction : undefined;
  const head = { status, headers: blinder.headers(headers, upstream, status) };
  if (!hasBody(status, method)) return new BodilessAnswer(exchange, head);
  if (fieldFilter === undefined && loaded.config.blind.framing === "pass")
    return streamed(exchange, head, source);

  const giveUp = () => source.abort(new Error("the rest of the answer is not wanted"));
  const inner = (flow: Flow): Answer => {
    if (fieldFilter !== undefined) return new FilteredAnswer(exchange, head, fieldFilter, giveUp);
    return blinder.isJson(headers["content-type"])
      ? new FramedAnswer(exchange, head, flow)
      : streamed(exchange, head, flow);
  };
  const coding = headers["content-encoding"];
  if (coding === undefined || /^\s*(identity)?\s*$/i.test(coding)) return inner(source);
  const decoder = createDecoder(coding);
  if (decoder === undefined) return NOT_DECODABLE;
  // The caller may leave, or the answer may break off, before the decoder has had everything.
  exchange.response.once("close", () => decoder.destroy());
  return new DecodedAnswer(decoder, source, inner, () => {
    if (exchange.isAnswered) exchange.breakOff();
    else exchange.refuse(NOT_DECODABLE);
    giveUp();
  });
}

/** A stream begins when it may leave: with padded latencies, that is later. */
function streamed(exchange: Exchange, head: AnswerHead, flow: Flow): Answer {
  if (exchange.generation.padding === undefined) return new StreamedAnswer(exchange, head, flow);
  const held: Buffer[] = [];
  let hasEnded = false;
  let isCancelled = false;
  let stream: StreamedAnswer | undefined;
  flow.pause();
  exchange.whenDue(() => {
    stream = new StreamedAnswer(exchange, head, flow);
    for (const chunk of held.splice(0)) stream.write(chunk);
    if (hasEnded) stream.end();
    flow.resume();
  }, true);
  return {
    write(chunk) {
      if (isCancelled) return;
      if (stream === undefined) held.push(chunk);
      else stream.write(chunk);
    },
    cancel() {
      isCancelled = true;
      held.length = 0;
    },
    end() {
      hasEnded = true;
      stream?.end();
    },
  };
}

function replaceError(status: number, headers: readonly string[]): Replacement {
  const detail = `The service could not answer this request (status ${status}).`;
  return { ...upstreamError(status, detail), headers, isAbandoned: false };
}

const NOT_FRAMED: Replacement = {
  code: "upstream_broken",
  detail:
    "The service's answer has neither length nor chunks, so that its end cannot be told (upstream.require_framing).",
  headers: NO_HEADERS,
  isAbandoned: true,
};

const NOT_DECODABLE: Replacement = {
  code: "upstream_broken",
  detail: "The service's answer has a content coding that cannot be undone; it was asked for none.",
  headers: NO_HEADERS,
  isAbandoned: true,
};

function hasBody(status: number, method: string | undefined): boolean {
  return method !== "HEAD" && status !== 204 && status !== 304;
}

/** Whether the answer's end can be told from a connection that broke. */
function isFramed(status: number, headers: IncomingHttpHeaders, method: string | undefined): boolean {
  if (headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined) return true;
  return !hasBody(status, method);
}
