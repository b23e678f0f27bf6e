import type { IncomingMessage } from "node:http";
import { WorkerError } from "../errors.ts";

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
  if (type === undefined) return;
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
  const chunks: Buffer[] = [];
  let receivedBytes = 0;

  const deadline = setTimeout(() => {
    stopReading(new WorkerError("body_timeout", `the body was not complete after ${deadlineMs} ms`));
  }, deadlineMs);
  // When the server stops it answers in our place, and then this request gets neither `end` nor `close`.
  deadline.unref();
  const stopReading = (error: Error) => {
    clearTimeout(deadline);
    chunks.length = 0;
    request.off("data", onData).resume();
    reject(error);
  };
  const tooLarge = () =>
    new WorkerError(
      "body_too_large",
      `the body is larger than ${limitBytes} bytes (max_body_bytes); send less at once`,
    );
  const onData = (chunk: Buffer) => {
    receivedBytes += chunk.length;
    if (receivedBytes > limitBytes) stopReading(tooLarge());
    else chunks.push(chunk);
  };

  // A caller who leaves is an `error` too; `close` follows it and says the same.
  request.on("error", () => {});
  if (Number(request.headers["content-length"] ?? 0) > limitBytes) {
    stopReading(tooLarge());
    return promise;
  }
  request.on("data", onData);
  request.once("end", () => {
    clearTimeout(deadline);
    resolve(Buffer.concat(chunks));
  });
  // `close` also follows every complete body; by then the promise is settled and this changes nothing.
  request.once("close", () => {
    clearTimeout(deadline);
    reject(new CallerGone());
  });
  return promise;
}

/** @throws WorkerError `invalid_utf8` or `invalid_json`. */
export function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new WorkerError("invalid_utf8", "the body is not valid UTF-8", { cause });
  }
  if (nestingExceeds(body, NESTING_LIMIT)) {
    throw new WorkerError(
      "invalid_json",
      `the body is nested deeper than ${NESTING_LIMIT} levels; two are enough`,
    );
  }
  try {
    return JSON.parse(text);
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

const NESTING_LIMIT = 16;

/** JSON.parse of a mebibyte of brackets holds the event loop for 0.2 s; this look at the bytes takes 2 ms. */
export function nestingExceeds(body: Buffer, limit: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (isInString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === BRACKET || byte === BRACE) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === BRACKET_END || byte === BRACE_END) depth -= 1;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** What a caller wrote, short enough to be quoted back. */
export function clip(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
