import assert from "node:assert/strict";
import { test } from "node:test";
import { GRAPH, hubEnvironment, ID, startDownloading } from "../../../test/support/hub-download.ts";

const failed = "model_download_failed";

test("an id that the hub does not know says so, and that no directory has that name", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  const environment = { ...hubEnvironment(hub.url, cacheDirectory), HF_TOKEN: "hf_mine" };
  // As the real hub: a stranger gets 401 for what is not there.
  await assert.rejects(fetch({ id: "acme/nothing" }), {
    code: failed,
    message: /to strangers \(401\).*no such model.*HF_TOKEN/,
  });
  await assert.rejects(fetch({ id: "acme/nothing" }, { environment }), {
    code: failed,
    message: /has no model acme\/nothing \(404\), and there is no directory of that name/,
  });
});

test("a revision that is not there is named", async (t) => {
  const { fetch } = await startDownloading(t);
  await assert.rejects(fetch({ revision: "v9" }), { code: failed, message: /has no revision "v9" \(404\)/ });
});

test("a graph that is not there names the dtypes that are", async (t) => {
  const { fetch } = await startDownloading(t);
  await assert.rejects(fetch({ files: ["config.json", "onnx/model_fp16.onnx"] }), {
    code: "model_file_missing",
    message: /has no onnx\/model_fp16\.onnx at revision main .*set dtype to what it has: quantized/,
  });
});

test("a private model needs the token, and a token that is refused is said to be", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  hub.add("acme/private", { "config.json": "{}" }, { token: "hf_right" });
  const ask = (token: string | undefined) =>
    fetch(
      { id: "acme/private", files: ["config.json"] },
      { environment: { ...hubEnvironment(hub.url, cacheDirectory), HF_TOKEN: token ?? "" } },
    );
  await assert.rejects(ask(undefined), {
    code: failed,
    message: /or it is private; check model, or set HF_TOKEN/,
  });
  await assert.rejects(ask("hf_wrong"), {
    code: failed,
    message: /refuses the token for acme\/private \(403\)/,
  });
  assert.match((await ask("hf_right")).directory, /private/);
});

test("a gated model says where its terms are", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.add("acme/gated", { "config.json": "{}" }, { token: "hf_right", isGated: true });
  await assert.rejects(fetch({ id: "acme/gated", files: ["config.json"] }), {
    code: failed,
    message: new RegExp(`is gated \\(401\\): accept its terms at ${hub.url}/acme/gated`),
  });
});

test("the token goes to the hub alone, never to its CDN, and never into the log", async (t) => {
  const { fetch, hub, cacheDirectory, lines } = await startDownloading(t);
  hub.faults.push({ host: "cdn", status: 500, times: 1 });
  const environment = { ...hubEnvironment(hub.url, cacheDirectory), HF_TOKEN: "hf_secret" };
  await fetch({}, { environment });
  const authorizations = (host: string) =>
    new Set(hub.seen.filter((seen) => seen.host === host).map((seen) => seen.authorization));
  assert.deepEqual([...authorizations("hub")], ["Bearer hf_secret"]);
  assert.deepEqual([...authorizations("cdn")], [undefined]);
  assert.doesNotMatch(JSON.stringify(lines()), /hf_secret|signature=/);
});

test("too many requests: it waits as long as it is asked to, says so, and goes on", async (t) => {
  const { fetch, hub, messages } = await startDownloading(t);
  hub.faults.push({ path: GRAPH, status: 429, headers: { "retry-after": "1" }, times: 1 });
  await fetch();
  assert.match(
    messages().join("\n"),
    /too many requests from here \(429\) and asks to wait 1 s; the next attempt is in 1 s/,
  );
  assert.ok(messages().includes("waiting for the next attempt"));
});

test("too many requests without end, or for longer than a start waits: it gives up", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.faults.push({ status: 429, headers: { ratelimit: '"api";r=0;t=299' } });
  await assert.rejects(fetch(), { code: failed, message: /asks to wait 299 s: longer than the 2 s/ });
  hub.faults[0] = { status: 429 };
  await assert.rejects(fetch(), { code: failed, message: /\(429\); given up after 4 attempts/ });
});

test("a server that asks for no pause at all gets its own pauses all the same", async (t) => {
  const { fetch, hub, lines } = await startDownloading(t);
  for (const [status, retryAfter] of [
    [429, "0"],
    [429, "Wed, 21 Oct 2015 07:28:00 GMT"],
    [503, "0"],
  ] as const) {
    const before = lines().length;
    hub.faults[0] = { status, headers: { "retry-after": retryAfter }, path: "/api/models" };
    await assert.rejects(fetch(), { code: failed, message: /given up after 4 attempts/ });
    const pauses = lines()
      .slice(before)
      .flatMap(({ pauseMs }) => (pauseMs === undefined ? [] : [pauseMs]));
    assert.deepEqual(pauses, [5, 10, 20], `${status} ${retryAfter}`);
  }
});

test("a hub that fails for a moment is asked again; one that keeps failing is given up", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.faults.push({ status: 503, times: 2 });
  await fetch();
  hub.faults[0] = { host: "cdn", status: 500 };
  await assert.rejects(fetch({ cacheDirectory: `${(await fetch()).directory}/other` }), {
    code: failed,
    message: /answers 500; given up after 4 attempts; what is already here is kept/,
  });
});

test("a hub that is not there, or cannot be found, is named with what to check", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  const at = (endpoint: string) => ({ environment: hubEnvironment(endpoint, cacheDirectory) });
  await assert.rejects(fetch({}, at("http://no-such-host.invalid")), {
    code: failed,
    message: /no-such-host\.invalid.*(ENOTFOUND|EAI_AGAIN).*check the network/,
  });
  const { url } = hub;
  await hub.stop();
  await assert.rejects(fetch({}, at(url)), {
    code: failed,
    message: /refuses connections \(ECONNREFUSED\): check HF_ENDPOINT/,
  });
});

test("what does not speak the hub's protocol is told from a hub", async (t) => {
  const { fetch, hub, cacheDirectory } = await startDownloading(t);
  hub.faults.push({ path: "/api/models", status: 200 });
  await assert.rejects(fetch(), { code: failed, message: /does not speak the hub's protocol/ });
  for (const endpoint of ["ftp://a", "nowhere", "http://user:word@a/"]) {
    const environment = hubEnvironment(endpoint, cacheDirectory);
    await assert.rejects(fetch({}, { environment }), { code: "option_invalid", message: /HF_ENDPOINT/ });
  }
});

test("a file of another commit than the one asked for is refused", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.faults.push({ path: "/resolve/", status: 200, headers: { "x-repo-commit": "f".repeat(40) } });
  await assert.rejects(fetch(), { code: failed, message: /of commit ffff/ });
});

test("redirects without end, and ones that lead nowhere, are given up", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.faults.push({ path: "/api/models", status: 302, headers: { location: "/api/models/again" } });
  await assert.rejects(fetch(), { code: failed, message: /more than 8 times/ });
  hub.faults[0] = { path: "/api/models", status: 302, headers: { location: "file:///etc/passwd" } };
  await assert.rejects(fetch(), { code: failed, message: /redirects to what is no address/ });
});

test("a connection that nobody takes ends within its deadline", async (t) => {
  const { fetch, cacheDirectory } = await startDownloading(t);
  // TEST-NET-1 (RFC 5737): nothing answers there, or the network says so at once.
  const environment = hubEnvironment("http://192.0.2.1", cacheDirectory);
  await assert.rejects(fetch({}, { environment, limits: { connectMs: 50, attempts: 2 } }), {
    code: failed,
    message: /192\.0\.2\.1.*given up after 2 attempts/,
  });
});

test("an aborted start ends at once with the reason that it was given", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  hub.faults.push({ status: 429, headers: { "retry-after": "2" } });
  const ended = new AbortController();
  const running = fetch({ id: ID }, { signal: ended.signal });
  while (hub.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  ended.abort(new Error("asked to stop"));
  await assert.rejects(running, /asked to stop/);
  await assert.rejects(fetch({}, { signal: AbortSignal.abort(new Error("too late")) }), /too late/);
});
