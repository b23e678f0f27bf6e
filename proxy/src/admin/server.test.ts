import assert from "node:assert/strict";
import test from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

async function start(t: Parameters<typeof startProxy>[0], more = "") {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], more));
}

test("health and readiness answer, other paths say what there is", async (t) => {
  const proxy = await start(t);
  assert.equal((await fetch(`${proxy.admin}/-/healthy`)).status, 200);
  assert.equal((await fetch(`${proxy.admin}/-/ready`)).status, 200);
  const missing = await fetch(`${proxy.admin}/nothing`);
  assert.equal(missing.status, 404);
  assert.match(await missing.text(), /\/explain/);
  for (const path of ["/constructor", "/__proto__"])
    assert.equal((await fetch(proxy.admin + path)).status, 404);
});

test("a method that a path does not take is refused with Allow", async (t) => {
  const proxy = await start(t);
  const response = await fetch(`${proxy.admin}/-/reload`);
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST");
});

test("the running configuration is shown with its hash and without its secrets", async (t) => {
  const proxy = await start(t);
  const shown = (await (await fetch(`${proxy.admin}/config`)).json()) as {
    hash: string;
    config: { variants: unknown[] };
  };
  assert.match(shown.hash, /^[0-9a-f]{12}$/);
  assert.equal(shown.config.variants.length, 2);
});

test("a reload says which weights run afterwards", async (t) => {
  const proxy = await start(t);
  const outcome = await (await fetch(`${proxy.admin}/-/reload`, { method: "POST" })).json();
  const { result, weights } = outcome as Record<string, unknown>;
  assert.deepEqual({ result, weights }, { result: "unchanged", weights: { a: 50, b: 50 } });
});

test("an id is explained: buckets, variant and why", async (t) => {
  const proxy = await start(t);
  assert.deepEqual(await (await fetch(`${proxy.admin}/explain?id=alice`)).json(), {
    bucket: 5,
    analysis_bucket: 22,
    variant: "a",
    why: "The id hashes without a salt to bucket 5; a owns the buckets 0 to 49 (weight 50).",
  });
});

test("an explanation needs one valid id", async (t) => {
  const proxy = await start(t);
  for (const query of ["", "?id=", "?id=a&id=b", "?id=a&address=::1", `?id=${"x".repeat(257)}`])
    assert.equal((await fetch(`${proxy.admin}/explain${query}`)).status, 400, query);
});

test("an address is explained in the spelling that is hashed, as a request from it is assigned", async (t) => {
  const proxy = await start(t, "identity: { address: on }");
  const ask = async (address: string) =>
    (await (await fetch(`${proxy.admin}/explain?address=${encodeURIComponent(address)}`)).json()) as object;
  const explained = await ask("::ffff:127.0.0.1");
  assert.deepEqual(explained, await ask("127.0.0.1"));
  const { variant, address } = explained as { variant: string; address: string };
  assert.equal(address, "127.0.0.1");
  await (await fetch(proxy.url)).text();
  assert.equal(await proxy.metric("ab_assignments_total", { model_version: variant }), 1);
  assert.equal((await fetch(`${proxy.admin}/explain?address=alice`)).status, 400);
});

test("where addresses identify nobody, the explanation says so", async (t) => {
  const proxy = await start(t);
  const answer = await fetch(`${proxy.admin}/explain?address=127.0.0.1`);
  assert.equal(answer.status, 400);
  const { code, detail } = (await answer.json()) as Record<string, string>;
  assert.equal(code, "address_off");
  assert.match(detail ?? "", /identity\.address is off/);
});

test("an id is explained as its header is read, whoever may send that header", async (t) => {
  const proxy = await start(t, "identity: { header: { name: x-user-id, trusted_from: [192.0.2.0/24] } }");
  const explained = await fetch(`${proxy.admin}/explain?id=alice`);
  assert.equal(((await explained.json()) as { bucket: number }).bucket, 5);
});

test("with a token everything but the probes asks for it", async (t) => {
  const token = "a-token-of-this-listener";
  const proxy = await start(t, `admin: { token: ${token} }`);
  const ask = (path: string, given?: string, method = "GET") =>
    fetch(proxy.admin + path, { method, headers: given === undefined ? {} : { authorization: given } });
  for (const path of ["/-/healthy", "/-/ready"]) assert.equal((await ask(path)).status, 200, path);
  for (const path of ["/metrics", "/config", "/explain?id=alice", "/nothing", "/-/healthy/../../config"]) {
    for (const given of [undefined, "Bearer wrong"]) {
      const refused = await ask(path, given);
      assert.equal(refused.status, 401, path);
      assert.equal(refused.headers.get("www-authenticate"), "Bearer");
      assert.equal(((await refused.json()) as { code: string }).code, "token_required");
    }
    assert.notEqual((await ask(path, `Bearer ${token}`)).status, 401, path);
  }
  assert.equal((await ask("/-/reload", undefined, "POST")).status, 401);
  assert.equal((await ask("/-/reload", `Bearer ${token}`, "POST")).status, 200);
  assert.ok(!(await (await ask("/config", `Bearer ${token}`)).text()).includes(token));
});

test("DNS rebinding: a foreign Host is refused, an IP, localhost and a listed name are not", async (t) => {
  const proxy = await start(t, "admin: { hosts: [proxy.internal] }");
  const port = Number(new URL(proxy.admin).port);
  const ask = async (host: string) =>
    (await exchangeRaw(port, rawRequest("GET", "/-/healthy", { host }))).status;
  assert.equal(await ask("evil.example"), 403);
  assert.equal(await ask(`evil.example:${port}`), 403);
  assert.equal(await ask("127.0.0.1.evil.example"), 403);
  for (const host of [
    "127.0.0.1",
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    `localhost:${port}`,
    "10.0.0.7:8081",
    "proxy.internal:8081",
  ])
    assert.equal(await ask(host), 200, host);
});

test("a balancer's check over HTTP/1.0, which names no Host, is answered", async (t) => {
  const proxy = await start(t);
  const { status } = await exchangeRaw(Number(new URL(proxy.admin).port), "GET /-/ready HTTP/1.0\r\n\r\n");
  assert.equal(status, 200);
});

test("a page from elsewhere cannot reload (foreign Origin)", async (t) => {
  const proxy = await start(t);
  const port = Number(new URL(proxy.admin).port);
  const ask = async (origin: string) =>
    (await exchangeRaw(port, rawRequest("POST", "/-/reload", { host: `localhost:${port}`, origin }))).status;
  assert.equal(await ask("https://evil.example"), 403);
  assert.equal(await ask("null"), 403);
  assert.equal(await ask(`http://localhost:${port}`), 200);
});
