import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { hubEnvironment, startDownloading, temporaryDirectory } from "../../../test/support/hub-download.ts";
import { cacheHome, isOfflineByEnvironment, readEndpoint } from "./endpoint.ts";

test("the endpoint is the hub, or a mirror with its path", async (t) => {
  const HOME = temporaryDirectory(t, "home");
  assert.deepEqual(await readEndpoint({ HOME }), { url: "https://huggingface.co", token: undefined });
  const mirror = await readEndpoint({ HOME, HF_ENDPOINT: "http://mirror.example:8080/api/hf/" });
  assert.equal(mirror.url, "http://mirror.example:8080/api/hf");
});

test("the token comes from HF_TOKEN, else from the file of HF_TOKEN_PATH, HF_HOME or the user's cache", async (t) => {
  const HOME = temporaryDirectory(t, "home");
  const write = (path: string, token: string) => {
    mkdirSync(join(HOME, path, ".."), { recursive: true });
    writeFileSync(join(HOME, path), `${token}\n`);
    return join(HOME, path);
  };
  write(".cache/huggingface/token", "of-the-cache");
  write("hf/token", "of-the-home");
  const named = write("named", "of-the-path");
  const tokenOf = async (environment: Record<string, string>) =>
    (await readEndpoint({ HOME, ...environment })).token;
  assert.equal(await tokenOf({}), "of-the-cache");
  assert.equal(await tokenOf({ HF_HOME: join(HOME, "hf") }), "of-the-home");
  assert.equal(await tokenOf({ HF_HOME: join(HOME, "hf"), HF_TOKEN_PATH: named }), "of-the-path");
  assert.equal(await tokenOf({ HF_TOKEN: " given ", HF_TOKEN_PATH: named }), "given");
  const bad = { code: "option_invalid" };
  await assert.rejects(tokenOf({ HF_TOKEN_PATH: join(HOME, "none") }), bad);
  // The message names where it came from, not what it is.
  await assert.rejects(
    tokenOf({ HF_TOKEN: "two words" }),
    ({ message }: Error) => !message.includes("two words"),
  );
});

test("HF_HUB_OFFLINE is read as every tool of the hub reads it", () => {
  for (const yes of ["1", "true", "YES", "on"]) assert.ok(isOfflineByEnvironment({ HF_HUB_OFFLINE: yes }));
  for (const no of ["0", "", "false"]) assert.ok(!isOfflineByEnvironment({ HF_HUB_OFFLINE: no }));
  assert.ok(!isOfflineByEnvironment({}));
});

test("the cache is the user's own; a relative XDG_CACHE_HOME counts as none", () => {
  assert.equal(cacheHome({ XDG_CACHE_HOME: "/x", HOME: "/h" }), "/x");
  assert.equal(cacheHome({ XDG_CACHE_HOME: "x", HOME: "/h" }), "/h/.cache");
});

test("a proxy of the environment carries the requests", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  const carried: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    carried.push(incoming.url ?? "");
    const { headers } = incoming;
    forward(incoming.url ?? "", { headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  const { NO_PROXY: _, ...environment } = hubEnvironment(hub.url, cacheDirectory);
  await fetch({}, { environment: { ...environment, HTTP_PROXY: `http://127.0.0.1:${port}` } });
  assert.ok(carried.length === hub.seen.length && carried.every((url) => url.startsWith("http://127.0.0.1")));
});
