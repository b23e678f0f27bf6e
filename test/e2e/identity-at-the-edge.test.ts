import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const [OLD, NEW] = ["the older secret of ours", "the newer secret of ours"];

const signed = (...secrets: string[]) =>
  `identity: { cookie: { secret: ${JSON.stringify(secrets)}, accept_unsigned_until: 2999-01-01 } }`;

/** A gateway whose upstreams say which of them answered, and what id header reached them. */
async function start(t: TestContext, more: string) {
  const names: Record<string, string> = { a: "", b: "" };
  for (const name of Object.keys(names)) {
    const { url } = await startUpstream(t, (request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, id: request.headers["x-user-id"] ?? null }));
    });
    names[name] = url;
  }
  const yaml = (inner: string) => configuration(names, [50, 50], inner);
  const proxy = await startProxy(t, yaml(more));
  return {
    proxy,
    /** Replaces what `more` was. */
    async change(inner: string): Promise<void> {
      await proxy.write(yaml(inner));
      const { result, problems } = await proxy.reload();
      assert.equal(result, "swapped", JSON.stringify(problems));
    },
    async ask(headers: Record<string, string> = {}) {
      const response = await fetch(proxy.url, { headers });
      const { name, id } = (await response.json()) as { name: string; id: string | null };
      const cookie = response.headers.get("set-cookie")?.split("; ")[0] ?? "";
      return { status: response.status, name, id, cookie };
    },
  };
}

const idOf = (cookie: string) => /^model_session=([\w-]{22})(?:\.[\w-]{22})?$/.exec(cookie)?.[1];

test("an id header from a peer that may not name users decides nothing, reaches nobody, and is counted", async (t) => {
  const { proxy, ask } = await start(t, "identity: { header: { trusted_from: [192.0.2.0/24] } }");
  const { status, id, cookie } = await ask({ "x-user-id": "alice" });
  assert.deepEqual([status, id], [200, null]);
  assert.ok(idOf(cookie), "no session was opened");
  const again = await ask({ "x-user-id": "", cookie });
  assert.equal(again.cookie, cookie);
  assert.equal(await proxy.metric("ab_identity_ignored_total", { reason: "untrusted_header" }), 2);
  assert.equal(await proxy.metric("ab_identity_total", { source: "header" }), 0);
  assert.equal(await proxy.metric("ab_identity_total", { source: "cookie" }), 1);
});

test("an id header from a trusted peer counts and passes", async (t) => {
  const { proxy, ask } = await start(t, "identity: { header: { trusted_from: [127.0.0.0/8] } }");
  assert.equal((await ask({ "x-user-id": "alice" })).id, "alice");
  assert.equal(await proxy.metric("ab_identity_ignored_total"), 0);
});

test("switching signing on and rotating the secret moves nobody and loses no session", async (t) => {
  const { ask, change } = await start(t, "");
  const first = await ask();
  let { cookie } = first;
  for (const secrets of [[OLD], [OLD, NEW], [NEW, OLD], [NEW]]) {
    await change(signed(...secrets));
    const next = await ask({ cookie });
    assert.deepEqual([next.name, idOf(next.cookie)], [first.name, idOf(first.cookie)], secrets.join());
    assert.match(next.cookie, /\./);
    cookie = next.cookie;
  }
  await change("");
  assert.equal(idOf((await ask({ cookie })).cookie), idOf(first.cookie));
});

test("a secret that is dropped too early loses its sessions: new ones, counted as forged, and no error", async (t) => {
  const { proxy, ask, change } = await start(t, signed(OLD));
  const { cookie } = await ask();
  await change(signed(NEW));
  const lost = await ask({ cookie });
  assert.equal(lost.status, 200);
  assert.ok(idOf(lost.cookie), "no session was opened");
  assert.notEqual(idOf(lost.cookie), idOf(cookie));
  assert.equal(await proxy.metric("ab_identity_ignored_total", { reason: "forged_cookie" }), 1);
  assert.equal((await ask({ cookie: lost.cookie })).cookie, lost.cookie);
});

test("a forged session gives a new one, never an error, and is counted", async (t) => {
  const { proxy, ask } = await start(t, `identity: { cookie: { secret: ${JSON.stringify(NEW)} } }`);
  const { cookie } = await ask();
  const forged = cookie.replace(/\.(.)/, (_, first) => `.${first === "A" ? "B" : "A"}`);
  for (const sent of [forged, cookie.split(".")[0] ?? "", "model_session=nonsense"]) {
    const answer = await ask({ cookie: sent });
    assert.equal(answer.status, 200);
    assert.notEqual(idOf(answer.cookie), idOf(cookie));
    assert.match(answer.cookie, /\./);
  }
  assert.equal((await ask({ cookie: `${forged}; ${cookie}` })).cookie, cookie);
  assert.equal(await proxy.metric("ab_identity_ignored_total", { reason: "forged_cookie" }), 4);
});
