import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../support/upstream.ts";
import { until } from "../support/variant-upstreams.ts";

const MARK = "x-blindsplit-shadow";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A service that answers with one label, by header, or by body alone, as services of other people do. */
function service(label: string, seen: Seen[] = [], says: "header" | "body" = "header") {
  return async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (says === "header") response.setHeader("x-blindsplit-prediction", `${label};0.9`);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(says === "header" ? { ok: true } : { label, score: 0.9 }));
  };
}

/** `a` answers everybody, `b` gets every request too. */
const shadowing = (a: string, b: string, more = "shadow: { variant: b, percent: 100 }") =>
  configuration({ a, b }, [100, 0], more);

async function ask(proxy: RunningProxy, text = "hello", headers: Record<string, string> = {}) {
  const response = await fetch(`${proxy.url}/predict?x=1`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": "alice", ...headers },
    body: JSON.stringify({ text }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

const requests = async (proxy: RunningProxy, result: string) =>
  (await proxy.metric("ab_shadow_requests_total", { result, model_version: "b" })) ?? Number.NaN;

const ended = async (proxy: RunningProxy) =>
  (await requests(proxy, "answered")) +
  (await requests(proxy, "failed")) +
  (await requests(proxy, "dropped"));

const inFlight = (proxy: RunningProxy) => proxy.metric("ab_shadow_in_flight", { model_version: "b" });

test("the other variant gets the same request, marked; the pair of labels is counted, the difference listed", async (t) => {
  const seen: Seen[] = [];
  const served: Seen[] = [];
  const a = await startUpstream(t, service("positive", served));
  const b = await startUpstream(t, service("negative", seen));
  const proxy = await startProxy(t, shadowing(a.url, b.url));
  assert.equal(await ended(proxy), 0);
  const answer = await ask(proxy, "grüße");
  assert.deepEqual([answer.status, answer.body], [200, '{"ok":true}']);
  await until(async () => (await requests(proxy, "answered")) === 1);

  const [shadow] = seen;
  const [real] = served;
  assert.deepEqual([shadow?.method, shadow?.url, shadow?.body], ["POST", "/predict?x=1", '{"text":"grüße"}']);
  assert.equal(shadow?.headers[MARK], "1");
  assert.equal(real?.headers[MARK], undefined);
  for (const name of ["x-user-id", "x-request-id", "content-type", "x-forwarded-for"])
    assert.equal(shadow?.headers[name], real?.headers[name], name);

  const pair = {
    model_version: "a",
    shadow_model_version: "b",
    label: "positive",
    shadow_label: "negative",
    phase: "1",
  };
  assert.equal(await proxy.metric("ab_shadow_predictions_total", pair), 1);
  assert.equal(await inFlight(proxy), 0);
  const { disagreements } = (await (await fetch(`${proxy.admin}/shadow`)).json()) as {
    disagreements: { request: string; served: object; shadow: object }[];
  };
  assert.equal(disagreements.length, 1);
  const [listed] = disagreements;
  assert.match(listed?.request ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual(listed?.served, { model_version: "a", label: "positive", score: 0.9 });
  assert.deepEqual(listed?.shadow, { model_version: "b", label: "negative", score: 0.9 });
  // It is no exposure, no request and no place of the variant.
  for (const name of ["ab_requests_total", "ab_bucket_requests_total", "ab_assignments_total"])
    assert.equal(await proxy.metric(name, { model_version: "b" }), 0, name);
});

test("of services that say no header, the label of a short JSON body counts; of a number, nothing", async (t) => {
  const a = await startUpstream(t, service("Positive", [], "body"));
  const b = await startUpstream(t, service("positive", [], "body"));
  const proxy = await startProxy(t, shadowing(a.url, b.url));
  await ask(proxy);
  await until(async () => (await requests(proxy, "answered")) === 1);
  const pair = { label: "positive", shadow_label: "positive" };
  assert.equal(await proxy.metric("ab_shadow_predictions_total", pair), 1);

  const numbers = await startUpstream(t, (_, response) => {
    response.setHeader("x-blindsplit-prediction", ";4.5").end("{}");
  });
  const ratings = await startProxy(t, shadowing(numbers.url, numbers.url));
  await ask(ratings);
  await until(async () => (await requests(ratings, "answered")) === 1);
  assert.equal(await ratings.metric("ab_shadow_predictions_total"), undefined);
});

test("what is no exposure, has failed, or is served by the shadow variant itself is sent nowhere else", async (t) => {
  const seen: Seen[] = [];
  const a = await startUpstream(t, (request, response) => {
    response.statusCode = request.url === "/broken" ? 500 : request.url === "/bad" ? 422 : 200;
    response.end("{}");
  });
  const b = await startUpstream(t, service("negative", seen));
  const more = "exposure: { methods: [POST] }\nshadow: { variant: b, percent: 100 }";
  const proxy = await startProxy(t, configuration({ a: a.url, b: b.url }, [100, 0], more));
  const send = async (path: string, init: RequestInit) =>
    (await fetch(proxy.url + path, { headers: { "x-user-id": "alice" }, ...init })).arrayBuffer();
  await send("/predict", { method: "GET" });
  await send("/broken", { method: "POST" });
  await send("/bad", { method: "POST" });
  const streamed = new Blob([new Uint8Array(20_000)]);
  await send("/predict", { method: "POST", body: streamed });
  await proxy.write(configuration({ a: a.url, b: b.url }, [0, 100], more));
  await proxy.reload();
  await send("/predict", { method: "POST" });
  // The one request of b's own user.
  assert.deepEqual(
    seen.map(({ headers }) => headers[MARK]),
    [undefined],
  );
  assert.deepEqual([await ended(proxy), await inFlight(proxy)], [0, 0]);
});

test("the caller's answer is the same, byte for byte, whether there is a shadow or not", async (t) => {
  const a = await startUpstream(t, service("positive"));
  const b = await startUpstream(t, service("negative"));
  const ofCaller = async (more: string) => {
    const proxy = await startProxy(t, shadowing(a.url, b.url, more));
    const { status, headers, body } = await ask(proxy, "hello", { "x-request-id": "one" });
    return { status, body, headers: { ...headers, date: "" } };
  };
  const without = await ofCaller("");
  assert.deepEqual(await ofCaller("shadow: { variant: b, percent: 100 }"), without);
  assert.doesNotMatch(JSON.stringify(without), /blindsplit-prediction/);
});

for (const [name, handle] of [
  ["answers 500", (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end("no")],
  ["answers 503", (_: IncomingMessage, response: ServerResponse) => void response.writeHead(503).end("no")],
  ["breaks off", (request: IncomingMessage) => void request.socket.destroy()],
  [
    "breaks off within its answer",
    (request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{", () => request.socket.destroy());
    },
  ],
] as const)
  test(`a shadow variant that ${name} is a failure that no caller sees and no ejection`, async (t) => {
    const a = await startUpstream(t, service("positive"));
    const b = await startUpstream(t, handle);
    const proxy = await startProxy(t, shadowing(a.url, b.url));
    for (let count = 1; count <= 10; count++) {
      assert.equal((await ask(proxy)).status, 200);
      await until(async () => (await requests(proxy, "failed")) === count);
    }
    assert.equal(await inFlight(proxy), 0);
    assert.equal(await proxy.metric("ab_upstream_ejections_total", { model_version: "b" }), 0);
    assert.equal(await proxy.metric("ab_upstream_healthy", { model_version: "b" }), 1);
    assert.equal(await proxy.metric("ab_upstream_retries_total", { model_version: "b" }), 0);
  });

test("a shadow variant that nobody can connect to fails, and callers are answered", async (t) => {
  const a = await startUpstream(t, service("positive"));
  const proxy = await startProxy(t, shadowing(a.url, await unusedUrl()));
  for (let count = 1; count <= 5; count++) assert.equal((await ask(proxy)).status, 200);
  await until(async () => (await requests(proxy, "failed")) === 5);
  assert.equal(await proxy.metric("ab_upstream_healthy", { model_version: "b" }), 1);
});

/** A service that takes requests and never answers. */
const hanging = (seen: Seen[]) => (request: IncomingMessage) => {
  const { method, url, headers } = request;
  seen.push({ method, url, headers, body: "" });
};

test("a shadow variant that hangs holds its few places; the others are dropped, and nobody waits", async (t) => {
  const seen: Seen[] = [];
  const a = await startUpstream(t, service("positive"));
  const b = await startUpstream(t, hanging(seen));
  const more = "shadow: { variant: b, percent: 100, max_in_flight: 3 }";
  const proxy = await startProxy(t, shadowing(a.url, b.url, more));
  for (let count = 0; count < 20; count++) assert.equal((await ask(proxy)).status, 200);
  await until(async () => (await requests(proxy, "dropped")) === 17);
  await until(() => seen.length === 3);
  assert.equal(await inFlight(proxy), 3);
  // A shadow takes none of the places of real requests.
  assert.equal(await proxy.metric("ab_upstream_in_flight", { model_version: "b" }), 0);
});

test("a shadow that takes too long is given up at its deadline", async (t) => {
  const seen: Seen[] = [];
  const a = await startUpstream(t, service("positive"));
  const b = await startUpstream(t, hanging(seen));
  const more = [
    "shadow: { variant: b, percent: 100 }",
    "upstream: { first_byte_timeout: 100ms, connect_timeout: 100ms }",
  ].join("\n");
  const proxy = await startProxy(t, shadowing(a.url, b.url, more));
  await ask(proxy);
  await until(async () => (await requests(proxy, "failed")) === 1);
  assert.equal(await inFlight(proxy), 0);
  assert.equal(await proxy.metric("ab_upstream_deadlines_total", { model_version: "b" }), 0);
});

test("a shadow gives way where the variant is more than half full of real requests", async (t) => {
  const seen: Seen[] = [];
  const a = await startUpstream(t, service("positive"));
  const b = await startUpstream(t, hanging(seen));
  const more = [
    "force: { secret: 0123456789abcdef0123456789abcdef }",
    "shadow: { variant: b, percent: 100 }",
    "upstream: { max_in_flight: 2 }",
  ].join("\n");
  const proxy = await startProxy(t, configuration({ a: a.url, b: b.url }, [50, 50], more));
  const leaving = new AbortController();
  t.after(() => leaving.abort());
  // Callers of b, which hangs, until it is full.
  const buckets = async (id: string) =>
    ((await (await fetch(`${proxy.admin}/explain?id=${id}`)).json()) as { variant: string }).variant;
  const ids = { a: "", b: "" };
  for (let id = 0; ids.a === "" || ids.b === ""; id++) {
    const variant = (await buckets(`user-${id}`)) as "a" | "b";
    ids[variant] ||= `user-${id}`;
  }
  for (let count = 0; count < 2; count++)
    fetch(proxy.url, { signal: leaving.signal, headers: { "x-user-id": ids.b } }).catch(() => undefined);
  await until(() => seen.length === 2);
  assert.equal((await ask(proxy, "hello", { "x-user-id": ids.a })).status, 200);
  await until(async () => (await requests(proxy, "dropped")) === 1);
  assert.equal(seen.length, 2);
});

test("shadows that hang keep no replaced configuration, and no stop, from ending", async (t) => {
  const seen: Seen[] = [];
  const a = await startUpstream(t, service("positive"));
  const b = await startUpstream(t, hanging(seen));
  const yaml = shadowing(a.url, b.url);
  const proxy = await startProxy(t, yaml);
  for (let count = 0; count < 3; count++) await ask(proxy);
  await until(() => seen.length === 3);
  await proxy.write(`${yaml}limits: { body: 5MiB }\n`);
  assert.equal((await proxy.reload()).result, "swapped");
  await until(async () => (await proxy.metric("ab_generations")) === 1);
  assert.deepEqual([await requests(proxy, "dropped"), await inFlight(proxy)], [3, 0]);
  assert.equal(await proxy.metric("ab_generations_expired_total"), 0);

  await ask(proxy);
  await until(() => seen.length === 4);
  await proxy.stop();
});

test("a shadow whose connection does not come about keeps no replaced configuration either", async (t) => {
  const a = await startUpstream(t, service("positive"));
  // TEST-NET-1 (RFC 5737) answers nobody: the connection waits, or is refused at once, as the network here has it.
  const yaml = shadowing(
    a.url,
    "http://192.0.2.1:9",
    ["shadow: { variant: b, percent: 100 }", "upstream: { connect_timeout: 30s }"].join("\n"),
  );
  const proxy = await startProxy(t, yaml);
  await ask(proxy);
  await until(async () => (await ended(proxy)) + ((await inFlight(proxy)) ?? 0) === 1);
  await proxy.write(`${yaml}limits: { body: 5MiB }\n`);
  await proxy.reload();
  await until(async () => (await proxy.metric("ab_generations")) === 1);
  assert.equal(await inFlight(proxy), 0);
});

test("the masked gateway lists no disagreements", async (t) => {
  const a = await startUpstream(t, service("positive"));
  const masked = "admin: { page: masked, token: 0123456789abcdef0123456789abcdef }";
  const proxy = await startProxy(t, shadowing(a.url, a.url, masked));
  const listed = await fetch(`${proxy.admin}/shadow`, {
    headers: { authorization: "Bearer 0123456789abcdef0123456789abcdef" },
  });
  assert.equal(listed.status, 403);
  assert.match(await listed.text(), /"code": "masked"/);
});
