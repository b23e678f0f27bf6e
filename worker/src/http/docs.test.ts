import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { text as readAll } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bareServer } from "../testing/bare-server.ts";

const urlOf = async (t: TestContext) => (await bareServer(t, async () => [])).url;

test("the page names only files that are served, and allows nothing from elsewhere", async (t) => {
  const url = await urlOf(t);
  const page = await fetch(`${url}/docs`);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'$/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  const names = [...(await page.text()).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, name]) => name ?? "");
  assert.equal(names.length, 4);
  for (const name of names) {
    const file = await fetch(new URL(name, `${url}/docs`));
    assert.equal(file.status, 200, name);
    assert.match(
      file.headers.get("content-type") ?? "",
      /^(text\/(css|javascript); charset=utf-8|image\/png)$/,
    );
    assert.equal(file.headers.get("x-content-type-options"), "nosniff");
    await file.arrayBuffer();
  }
});

test("a file arrives as it is in its package, encoded or not, and only once if it is known", async (t) => {
  const url = `${await urlOf(t)}/docs/swagger-ui.css`;
  const expected = await readFile(
    fileURLToPath(import.meta.resolve("swagger-ui-dist/swagger-ui.css")),
    "utf8",
  );
  for (const coding of ["identity", "gzip", "br"]) {
    const answer = await fetch(url, { headers: { "accept-encoding": coding } });
    assert.equal(answer.headers.get("content-encoding"), coding === "identity" ? null : coding);
    assert.equal(answer.headers.get("vary"), "accept-encoding");
    assert.ok((await answer.text()) === expected, coding);
  }
  const head = await fetch(url, { method: "HEAD", headers: { "accept-encoding": "identity" } });
  assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(expected)));
  assert.equal(await head.text(), "");
  const tag = head.headers.get("etag") ?? assert.fail("no ETag");
  for (const known of [tag, `"other", ${tag}`, "*"]) {
    const again = await fetch(url, { headers: { "if-none-match": known } });
    assert.deepEqual([again.status, await again.text(), again.headers.get("etag")], [304, "", tag], known);
  }
  assert.equal((await fetch(url, { headers: { "if-none-match": '"other"' } })).status, 200);
});

test("no path leads out of the page's own files", async (t) => {
  const { port } = new URL(await urlOf(t));
  for (const path of [
    "/docs/",
    "/docs/package.json",
    "/docs/../openapi.json",
    "/docs/%2e%2e/package.json",
    "/docs/..%2f..%2fpackage.json",
    "/docs/swagger-ui.css/..",
    "/docs//swagger-ui.css",
    "/docs/swagger-ui-bundle.js.map",
    "/docs/__proto__",
  ]) {
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    // As it stands: `fetch` would resolve the dots.
    request({ port, path }, (answer) => {
      void readAll(answer).then(() => resolve(answer.statusCode));
    })
      .on("error", reject)
      .end();
    assert.equal(await promise, 404, path);
  }
});

test("a caller who leaves in the middle of a file breaks nothing", async (t) => {
  const url = await urlOf(t);
  for (const coding of ["identity", "gzip"]) {
    const leaving = new AbortController();
    const file = await fetch(`${url}/docs/swagger-ui-bundle.js`, {
      signal: leaving.signal,
      headers: { "accept-encoding": coding },
    });
    leaving.abort();
    await assert.rejects(file.text());
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});
