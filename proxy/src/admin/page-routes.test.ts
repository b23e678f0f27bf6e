import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import test from "node:test";
import { Registry } from "prom-client";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";
import { createLog } from "../log.ts";
import { Page } from "../page/page.ts";
import { answerPage } from "./page-routes.ts";

const TOKEN = "a-token-of-this-listener";

async function start(t: Parameters<typeof startProxy>[0], more = "") {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], more));
}

test("the page names only files that are served, its code imports only such, and nothing comes from elsewhere", async (t) => {
  const { admin } = await start(t);
  const page = await fetch(`${admin}/`);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await page.text();
  const names = [...html.matchAll(/<(?:link|script)\b[^>]*?(?:href|src)="([^"]+)"/g)].map(
    ([, name]) => name ?? "",
  );
  const pending = names.filter((name) => !name.startsWith("data:")).map((name) => new URL(name, `${admin}/`));
  assert.ok(pending.length > 0);
  const seen = new Set<string>();
  for (const url of pending) {
    if (seen.has(url.href)) continue;
    seen.add(url.href);
    assert.equal(url.origin, admin, url.href);
    const file = await fetch(url);
    assert.equal(file.status, 200, url.pathname);
    assert.match(
      file.headers.get("content-type") ?? "",
      /^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/,
    );
    const text = await file.text();
    if (!file.headers.get("content-type")?.startsWith("text/javascript")) continue;
    const imports = /^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/gm;
    for (const [, name, loaded] of text.matchAll(imports)) {
      const imported = name ?? loaded ?? "";
      assert.match(imported, /^\.\//, `${url.pathname} imports ${imported}`);
      pending.push(new URL(imported, url));
    }
  }
  assert.ok(seen.has(`${admin}/page/uplot.js`));
});

test("files say what a browser may do with them, and are sent once to who knows them", async (t) => {
  const { admin } = await start(t);
  for (const path of ["/", "/page/moves.ts", "/page/uplot.css"]) {
    const file = await fetch(admin + path);
    await file.arrayBuffer();
    const header = (name: string) => file.headers.get(name) ?? "";
    assert.match(header("content-security-policy"), /^default-src 'none'; .*frame-ancestors 'none'$/);
    assert.doesNotMatch(header("content-security-policy"), /unsafe|https?:|\*/);
    assert.equal(header("x-content-type-options"), "nosniff");
    assert.equal(header("x-frame-options"), "DENY");
    for (const known of [header("etag"), `W/${header("etag")}`, `"x", ${header("etag")}`, "*"]) {
      const again = await fetch(admin + path, { headers: { "if-none-match": known } });
      assert.deepEqual([again.status, await again.text()], [304, ""]);
    }
    const head = await fetch(admin + path, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, header("content-length")]);
    const refused = await fetch(admin + path, { method: "POST" });
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET"]);
  }
});

test("code is served without types, under its own name", async (t) => {
  const { admin } = await start(t);
  const code = await (await fetch(`${admin}/page/moves.ts`)).text();
  const { findMoves } = (await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  )) as typeof import("../experiment/moves.ts");
  const before = [
    { name: "a", weight: 50 },
    { name: "b", weight: 50 },
  ];
  const after = [
    { name: "a", weight: 40 },
    { name: "b", weight: 60 },
  ];
  assert.deepEqual(findMoves(before, after), [{ from: "a", to: "b", firstBucket: 40, lastBucket: 49 }]);
});

test("files that cannot be read: nobody without a token learns why, the log does, and many who ask are one attempt", async () => {
  let attempts = 0;
  const logged: string[] = [];
  const page = new Page({
    readFiles: () => {
      attempts++;
      return Promise.reject(new Error("ENOENT: no such file, open '/srv/secret/index.html'"));
    },
    log: createLog("info", { write: (line) => void logged.push(line) }),
    resolve: () => Promise.reject(new Error("nothing is asked here")),
    current: () => assert.fail("nothing is asked here"),
    history: () => [],
    address: () => "",
    instance: "",
    registry: new Registry(),
    now: Date.now,
  });
  for (let asked = 0; asked < 5; asked++) {
    const answer = await answerPage(page, "/", "open", { headers: {} } as IncomingMessage);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(JSON.stringify(answer), /secret|ENOENT/);
    assert.match(JSON.stringify(answer), /the log says why/);
  }
  assert.equal(attempts, 1);
  assert.equal(logged.length, 1);
  assert.match(logged[0] ?? "", /ENOENT.*the page's files cannot be read/);
});

test("switched off, the page is not there, and a reload switches it", async (t) => {
  const proxy = await start(t, "admin: { page: off }");
  for (const path of ["/", "/page/snapshot", "/page/moves.ts"])
    assert.equal((await fetch(proxy.admin + path)).status, 404, path);
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  await proxy.write(configuration({ a: url }, [100]));
  await proxy.reload();
  assert.equal((await fetch(`${proxy.admin}/`)).status, 200);
});

test("with a token the files are there for all, the snapshot for who has it", async (t) => {
  const { admin } = await start(t, `admin: { token: ${TOKEN} }`);
  for (const path of ["/", "/page/moves.ts"]) assert.equal((await fetch(admin + path)).status, 200, path);
  assert.equal((await fetch(`${admin}/page/nothing`)).status, 404);
  const ask = (authorization: string) => fetch(`${admin}/page/snapshot`, { headers: { authorization } });
  for (const given of ["", "Bearer wrong"]) assert.equal((await ask(given)).status, 401);
  assert.equal((await ask(`Bearer ${TOKEN}`)).status, 200);
});
