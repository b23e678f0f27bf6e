import type { IncomingMessage } from "node:http";
import type { Config } from "../config/config.ts";
import { authorityOf } from "../page/ask.ts";
import type { Page } from "../page/page.ts";
import { type Answer, problem } from "./answer.ts";

const SNAPSHOT = "/page/snapshot";

/** Everything comes from here and goes here, and nothing may frame the page or read it from another origin. */
const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

type PageMode = Config["admin"]["page"];

/** Whether the live page answers for this path. */
export function isOfPage(path: string, mode: PageMode): boolean {
  return mode !== "off" && (path === "/" || path.startsWith("/page/"));
}

/**
 * Whether it does so without the token. The files hold nothing, and a browser has no token before it has them; the
 * masked snapshot is made for whoever must not have it.
 */
export function isPublic(path: string, mode: PageMode): boolean {
  return isOfPage(path, mode) && (path !== SNAPSHOT || mode === "masked");
}

/** `GET` of a path that is the page's. */
export async function answerPage(
  page: Page,
  path: string,
  mode: Exclude<PageMode, "off">,
  request: IncomingMessage,
): Promise<Answer> {
  if (path === SNAPSHOT) return answerSnapshot(page, mode, addressOf(request));
  const { headers } = request;
  const files = await page.file(path).then(
    (file) => ({ file }),
    () => undefined,
  );
  // The page has logged it. Whoever asks has no token, and what went wrong may name a path.
  if (files === undefined)
    return problem(500, "internal", "The page's files cannot be read; the log says why.");
  const { file } = files;
  if (file === undefined) return problem(404, "not_found", `The page has no such file; it begins at /.`);
  const own = { ...SECURITY_HEADERS, "cache-control": "no-cache", etag: file.etag };
  if (isKnown(headers["if-none-match"], file.etag)) return { status: 304, body: undefined, headers: own };
  return { status: 200, body: file.body, headers: { ...own, "content-type": file.contentType } };
}

async function answerSnapshot(page: Page, mode: "open" | "masked", askedAt: string): Promise<Answer> {
  try {
    return {
      status: 200,
      body: JSON.stringify(await page.snapshot(mode, askedAt)),
      headers: { ...SECURITY_HEADERS, "content-type": "application/json" },
    };
  } catch (error) {
    // Whatever went wrong may name a variant.
    if (mode === "masked") return problem(500, "internal", "The snapshot could not be taken.");
    throw error;
  }
}

/** By which this gateway was reached. */
function addressOf({ headers: { host }, socket }: IncomingMessage): string {
  return host ?? authorityOf(socket.localAddress ?? "", socket.localPort ?? 0);
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.split(",").some((known) => ["*", etag, `W/${etag}`].includes(known.trim())) ?? false;
}
