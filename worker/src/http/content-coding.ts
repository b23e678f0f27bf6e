import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { promisify } from "node:util";
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from "node:zlib";
import Negotiator from "negotiator";

export type ContentCoding = "br" | "gzip";

/** Below this, a coding saves less than its own cost. */
export const LIMIT_UNCODED_BYTES = 1024;

/** The coding that the request's Accept-Encoding likes best; undefined: send the bytes as they are. */
export function chooseCoding(request: Pick<IncomingMessage, "headers">): ContentCoding | undefined {
  if (request.headers["accept-encoding"] === undefined) return undefined;
  const [best] = new Negotiator(request).encodings(["br", "gzip", "identity"]);
  return best === "br" || best === "gzip" ? best : undefined;
}

/** Runs in the thread pool, off the event loop. */
export function encode(bytes: Buffer, coding: ContentCoding): Promise<Buffer> {
  if (coding === "gzip") return promisify(gzip)(bytes);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return promisify(brotliCompress)(bytes, { params });
}

/** The same for what is too large to be held. */
export function createEncoder(coding: ContentCoding): Transform {
  if (coding === "gzip") return createGzip();
  return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}

/** About as fast as gzip's default, and smaller; brotli's own default, 11, is for files that are encoded once. */
const BROTLI_QUALITY = 5;
