import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { WorkerError } from "../errors.ts";
import { clip } from "./contract.ts";
import { GatheredBytes } from "./gathered-bytes.ts";
import { tooManyTexts } from "./input.ts";
import { measureStructure } from "./json-structure.ts";

/** Thrown when the caller left before its request was complete: nobody is there to be answered. */
export class CallerGone extends Error {
  constructor() {
    super("the caller left");
    this.name = "CallerGone";
  }
}

/**
 * Refuses what is not JSON in plain UTF-8. A request without Content-Type is taken for JSON: minimal clients
 * send none, and the parser has the last word anyway.
 */
export function checkMediaType(request: IncomingMessage): void {
  const { "content-type": type, "content-encoding": encoding } = request.headers;
  if (encoding !== undefined && encoding.trim().toLowerCase() !== "identity") {
    throw new WorkerError(
      "unsupported_media_type",
      `content-encoding ${clip(encoding)}: send the body unencoded`,
    );
  }
  if (type === undefined || type === "application/json") return;
  const [mediaType = "", ...parameters] = type.toLowerCase().split(";");
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith("charset="));
  const isJson = /^application\/([\w.-]+\+)?json$/.test(mediaType.trim());
  if (!isJson || (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))) {
    throw new WorkerError(
      "unsupported_media_type",
      `content-type ${clip(type)}: send JSON in UTF-8 with the header "content-type: application/json"`,
    );
  }
}

/**
 * Reads the whole body. What exceeds the limit is not kept: the rest is read and thrown away, so that the
 * caller gets the answer instead of a reset; the server's request timeout bounds that.
 * @throws WorkerError `body_too_large` or `body_timeout`; CallerGone.
 */
export function readBody(request: IncomingMessage, limitBytes: number, deadlineMs: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const gathered = new GatheredBytes(limitBytes);
  let isOver = false;

  const deadline = setTimeout(() => {
    stopReading(new WorkerError("body_timeout", `the body was not complete after ${deadlineMs} ms`));
  }, deadlineMs);
  // When the server stops it answers in our place, and then this request gets neither `end` nor `close`.
  deadline.unref();
  const stopReading = (error: Error) => {
    isOver = true;
    clearTimeout(deadline);
    gathered.clear();
    request.off("data", onData).resume();
    reject(error);
  };
  const tooLarge = () =>
    new WorkerError(
      "body_too_large",
      `the body is larger than ${limitBytes} bytes (max_body_bytes); send less at once`,
    );
  const onData = (chunk: Buffer) => {
    if (gathered.length + chunk.length > limitBytes) stopReading(tooLarge());
    else gathered.add(chunk);
  };

  // A caller who leaves is an `error` too; `close` follows it and says the same.
  request.on("error", () => {});
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) {
    stopReading(tooLarge());
    return promise;
  }
  request.on("data", onData);
  request.once("end", () => {
    isOver = true;
    clearTimeout(deadline);
    resolve(gathered.read());
  });
  // `close` also follows every complete body, for which no error is made: its stack trace costs more than the reading.
  request.once("close", () => {
    if (!isOver) stopReading(new CallerGone());
  });
  return promise;
}

/**
 * @param limitTexts most texts in one request: what has far more parts than so many texts need is not parsed.
 * @throws WorkerError `invalid_utf8`, `invalid_json`, `invalid_request` or `too_many_texts`.
 */
export function parseJson(body: Buffer, limitTexts: number): unknown {
  if (!isUtf8(body)) throw new WorkerError("invalid_utf8", "the body is not valid UTF-8");
  const { depth, parts, listMembers } = measureStructure(body, LIMIT_DEPTH);
  if (depth > LIMIT_DEPTH) {
    throw new WorkerError(
      "invalid_json",
      `the body is nested deeper than ${LIMIT_DEPTH} levels; two are enough`,
    );
  }
  const limitParts = limitTexts + FURTHER_PARTS;
  if (parts > limitParts) {
    if (listMembers > limitTexts) throw tooManyTexts(listMembers, limitTexts);
    throw new WorkerError(
      "invalid_request",
      `the body has about ${parts} fields and values, at most ${limitParts}; send only text or texts`,
    );
  }
  const text = body.toString("utf8");
  try {
    return JSON.parse(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);
  } catch (cause) {
    // V8's message quotes the body, and a text must not travel into answers' copies and logs.
    throw new WorkerError(
      "invalid_json",
      'the body is not valid JSON; expected {"text": "…"} or {"texts": ["…"]}',
      {
        cause: cause instanceof SyntaxError ? undefined : cause,
      },
    );
  }
}

const LIMIT_DEPTH = 16;
/** Beside the texts: what clients of another service may send along to `/forward*`. */
const FURTHER_PARTS = 1000;
const BYTE_ORDER_MARK = 0xfeff;
