import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { chooseCoding, createEncoder } from "./content-coding.ts";
import { send } from "./response.ts";

export type Answer = (response: ServerResponse) => void | Promise<void>;

/** Everything comes from here and goes here; nothing may frame the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

/** Relative addresses, so that the page also works below a prefix. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>blindsplit worker</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** No validator: Swagger UI would ask a server of its makers whether the description is valid. */
const START = `SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

/** Of swagger-ui-dist, the files that the page asks for. */
const FILES = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
} as const;

/** `GET /docs` and the files of its page, by path. The files are read when they are asked for: few ever are. */
export function createDocs(): Readonly<Record<string, Answer>> {
  const files = Object.entries(FILES).map(([name, type]): [string, Answer] => [
    `/docs/${name}`,
    (response) => sendFile(response, fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)), type),
  ]);
  return {
    "/docs": (response) => send(response, 200, "text/html; charset=utf-8", PAGE, PAGE_HEADERS),
    "/docs/start.js": (response) =>
      send(response, 200, FILES["swagger-ui-bundle.js"], START, {
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
      }),
    ...Object.fromEntries(files),
  };
}

/** Streams a file that changes only with an update of its package, which gives it another time and size. */
async function sendFile(response: ServerResponse, path: string, contentType: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const coding = contentType.startsWith("image/") ? undefined : chooseCoding(response.req);
  // Weak: the same file in another coding has other bytes.
  const tag = `W/"${size.toString(16)}-${Math.trunc(mtimeMs).toString(16)}"`;
  const headers = {
    etag: tag,
    "cache-control": "public, max-age=3600",
    "x-content-type-options": "nosniff",
    vary: "accept-encoding",
  };
  if (response.destroyed) return;
  if (isKnown(response.req.headers["if-none-match"], tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "content-type": contentType,
    ...(coding === undefined ? { "content-length": size } : { "content-encoding": coding }),
  });
  if (response.req.method === "HEAD") {
    response.end();
    return;
  }
  const file = createReadStream(path);
  await (coding === undefined
    ? pipeline(file, response)
    : pipeline(file, createEncoder(coding), response)
  ).catch((error: NodeJS.ErrnoException) => {
    // A caller who has seen enough.
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  });
}

function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  return (
    ifNoneMatch?.split(",").some((candidate) => candidate.trim() === tag || candidate.trim() === "*") ?? false
  );
}
