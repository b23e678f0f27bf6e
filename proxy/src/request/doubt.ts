import { IncomingMessage } from "node:http";
import type { Refusal } from "../errors.ts";
import type { RequestHead } from "./headers.ts";

/** Node's limit of 32 KiB counts no separators: short fields would come in tens of thousands. */
const FIELDS_LIMIT = 1000;
const LENGTH_DIGITS = 15;

/** Why a request may be two, or another upstream than here: nothing that follows on its connection can be trusted. */
export function refuseDoubtful(request: IncomingMessage, head: RequestHead): Refusal | undefined {
  const fields = request.rawHeaders.length / 2;
  if (fields > FIELDS_LIMIT)
    return {
      code: "headers_too_large",
      detail: `The request has ${fields} fields, the limit is ${FIELDS_LIMIT}; send fewer.`,
    };
  const doubt = findVersionDoubt(request) ?? head.doubt ?? findFramingDoubt(head, request.httpVersion);
  return doubt === undefined ? undefined : { code: "ambiguous_request", detail: doubt };
}

/** Node's parser for HTTP/1 also takes 0.9, and 2.0 without its frames; HTTP/2's own requests are of another class. */
function findVersionDoubt(request: IncomingMessage): string | undefined {
  const { httpVersion } = request;
  if (httpVersion === "1.1" || httpVersion === "1.0" || !(request instanceof IncomingMessage))
    return undefined;
  return `The request says HTTP/${httpVersion}, which is not spoken on this connection; send HTTP/1.1.`;
}

/** Why a body's framing cannot be trusted, if it cannot (RFC 9112, 6.1: no chunks under HTTP/1.0). */
function findFramingDoubt(
  { contentLength, transferEncoding }: RequestHead,
  httpVersion: string,
): string | undefined {
  // More do not fit a number: what would be sent on is another length.
  if (contentLength !== undefined && contentLength.length > LENGTH_DIGITS)
    return `The request has a Content-Length of ${contentLength.length} digits; send at most ${LENGTH_DIGITS}.`;
  if (transferEncoding === undefined) return undefined;
  if (httpVersion === "1.0")
    return "The request has a Transfer-Encoding under HTTP/1.0; send it as HTTP/1.1 or with a Content-Length.";
  if (transferEncoding.toLowerCase() !== "chunked")
    return `The request has the Transfer-Encoding "${transferEncoding.slice(0, 40)}"; only "chunked" is understood.`;
  return undefined;
}
