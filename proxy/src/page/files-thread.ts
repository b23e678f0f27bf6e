import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import type { PageFile } from "./files.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".ts": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
};

/** What the page's code imports from elsewhere, and where that is served. */
const FROM_ELSEWHERE: readonly (readonly [specifier: string, servedAs: string])[] = [
  ["../../experiment/moves.ts", "./moves.ts"],
  ["uplot", "./uplot.js"],
  ["preact", "./preact.js"],
];

function readAll(): Map<string, PageFile> {
  const folder = new URL("./browser/", import.meta.url);
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder).sort())
    if (Object.hasOwn(CONTENT_TYPES, extname(name)) && !name.endsWith(".test.ts"))
      files.set(name === "index.html" ? "/" : `/page/${name}`, read(new URL(name, folder)));
  files.set("/page/moves.ts", read(new URL("../experiment/moves.ts", import.meta.url)));
  files.set("/page/uplot.js", read(new URL(import.meta.resolve("uplot/dist/uPlot.esm.js"))));
  files.set("/page/preact.js", read(new URL(import.meta.resolve("preact"))));
  files.set("/page/uplot.css", read(new URL(import.meta.resolve("uplot/dist/uPlot.min.css"))));
  return files;
}

function read(url: URL): PageFile {
  const extension = extname(url.pathname);
  const text = readFileSync(fileURLToPath(url), "utf8");
  const body = new TextEncoder().encode(extension === ".ts" ? browserCode(text) : text);
  const digest = createHash("sha256").update(body).digest("base64url");
  return { contentType: CONTENT_TYPES[extension] ?? "application/octet-stream", body, etag: `"${digest}"` };
}

/** Without types, importing from where the page's files are served. */
function browserCode(source: string): string {
  return FROM_ELSEWHERE.reduce(
    (code, [specifier, servedAs]) => code.replaceAll(`from "${specifier}"`, `from "${servedAs}"`),
    stripTypeScriptTypes(source),
  );
}

parentPort?.postMessage(readAll());
