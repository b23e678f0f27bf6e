import assert from "node:assert/strict";
import test from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

async function startPair(t: Parameters<typeof startProxy>[0], more = "") {
  const a = await startUpstream(t, (_request, response) => void response.end("a"));
  const b = await startUpstream(t, (_request, response) => void response.end("b"));
  return startProxy(t, configuration({ a: a.url, b: b.url }, [50, 50], more));
}

test("the id in the header decides, byte for byte, and gets no cookie", async (t) => {
  const proxy = await startPair(t);
  // alice falls into bucket 5, bob into 94.
  for (const [id, variant] of [
    ["alice", "a"],
    ["bob", "b"],
  ] as const) {
    const response = await fetch(proxy.url, { headers: { "x-user-id": id } });
    assert.equal(await response.text(), variant);
    assert.equal(response.headers.get("set-cookie"), null);
  }
  assert.equal(await proxy.metric("ab_identity_total", { source: "header" }), 2);
});

test("a caller without id gets a session cookie, keeps its variant with it, and has it renewed", async (t) => {
  const proxy = await startPair(t);
  for (let caller = 0; caller < 20; caller++) {
    const first = await fetch(proxy.url);
    const variant = await first.text();
    const cookie = first.headers.get("set-cookie") ?? "";
    assert.match(
      cookie,
      /^model_session=[A-Za-z0-9_-]{22}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    for (let visit = 0; visit < 3; visit++) {
      const next = await fetch(proxy.url, { headers: { cookie: cookie.split(";")[0] as string } });
      assert.equal(await next.text(), variant);
      assert.equal(next.headers.get("set-cookie"), cookie);
    }
  }
  assert.equal(await proxy.metric("ab_identity_total", { source: "new" }), 20);
  assert.equal(await proxy.metric("ab_identity_total", { source: "cookie" }), 60);
});

test("an unreadable cookie gets a new session, never an error", async (t) => {
  const proxy = await startPair(t);
  const response = await fetch(proxy.url, { headers: { cookie: "model_session=<script>; x=%00" } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("set-cookie") ?? "", /^model_session=/);
});

const badIds: readonly (readonly [string, string, string])[] = [
  ["an empty id", "x-user-id: \r\n", "id_empty"],
  ["an id of 257 bytes", `x-user-id: ${"x".repeat(257)}\r\n`, "id_too_long"],
  ["a C1 control character", "x-user-id: \u00c2\u0081\r\n", "id_control_character"],
  ["bytes that are no UTF-8", "x-user-id: \u00ff\u00fe\r\n", "id_not_utf8"],
  ["the header twice", "x-user-id: alice\r\nX-User-Id: alice\r\n", "id_repeated"],
];
for (const [what, headers, code] of badIds) {
  test(`${what} is refused as ${code}, without echoing the id`, async (t) => {
    const proxy = await startPair(t);
    const answer = await exchangeRaw(
      proxy.port,
      `GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`,
    );
    assert.equal(answer.status, 400);
    const problem = JSON.parse(answer.body) as { code: string; status: number; detail: string };
    assert.equal(problem.code, code);
    assert.equal(problem.status, 400);
    assert.ok(!problem.detail.includes("alice"));
    assert.equal(await proxy.metric("ab_requests_total", { model_version: "none", status: "400" }), 1);
  });
}

test("ASCII control characters in an id never come past the parser", async (t) => {
  const proxy = await startPair(t);
  for (const character of ["\u0000", "\u0001", "\u007f"]) {
    const answer = await exchangeRaw(
      proxy.port,
      `GET / HTTP/1.1\r\nhost: x\r\nx-user-id: a${character}b\r\n\r\n`,
    );
    assert.equal(answer.status, 400);
  }
});

for (const id of ["🙂", "Łukasz", "à", "用户", "ß", "x".repeat(256)]) {
  test(`the id ${id.slice(0, 8)} is accepted as raw UTF-8 bytes and goes where /explain says`, async (t) => {
    const proxy = await startPair(t);
    const raw = Buffer.from(id).toString("latin1");
    const answer = await exchangeRaw(proxy.port, rawRequest("GET", "/", { "x-user-id": raw }));
    assert.equal(answer.status, 200);
    const explained = (await (await fetch(`${proxy.admin}/explain?id=${encodeURIComponent(id)}`)).json()) as {
      variant: string;
    };
    assert.ok(answer.body.includes(explained.variant), answer.text);
  });
}

for (const path of [
  "/metrics",
  "/metadata",
  "/docs",
  "/openapi.json",
  "/healthz",
  "/readyz",
  "//metrics",
  "/%6detrics",
  "/./metrics",
  "/metrics;x",
  "/METRICS",
  "/\\metrics",
  "/docs/x.css",
]) {
  test(`${path} of a worker is not reachable`, async (t) => {
    const proxy = await startPair(t);
    const answer = await exchangeRaw(proxy.port, rawRequest("GET", path, {}));
    assert.equal(answer.status, 404);
    assert.equal((JSON.parse(answer.body) as { code: string }).code, "not_found");
  });
}

test("a path that climbs above the root is refused", async (t) => {
  const proxy = await startPair(t);
  assert.equal((await exchangeRaw(proxy.port, rawRequest("GET", "/../predict", {}))).status, 400);
});

test("doubtful requests are refused and their connection is closed", async (t) => {
  const proxy = await startPair(t);
  const requests = [
    "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a\r\nconnection: x-user-id\r\nx-user-id: alice\r\n\r\n",
    "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\r\nhost : a\r\n\r\n",
    "nonsense\r\n\r\n",
  ];
  for (const bytes of requests) {
    const answer = await exchangeRaw(proxy.port, bytes);
    assert.equal(answer.status, 400, bytes);
    assert.ok(
      answer.headers.some(([name, value]) => name === "connection" && value === "close"),
      answer.text,
    );
  }
});

test("TRACE and CONNECT are refused", async (t) => {
  const proxy = await startPair(t);
  assert.equal((await exchangeRaw(proxy.port, rawRequest("TRACE", "/", {}))).status, 405);
  assert.equal(
    (await exchangeRaw(proxy.port, "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n")).status,
    405,
  );
});

test("headers above the limit are a 431, a target above it a 414", async (t) => {
  const proxy = await startPair(t);
  assert.equal(
    (await exchangeRaw(proxy.port, rawRequest("GET", "/", { x: "y".repeat(33_000) }))).status,
    431,
  );
  assert.equal((await exchangeRaw(proxy.port, rawRequest("GET", `/${"y".repeat(17_000)}`, {}))).status, 414);
  assert.equal(await proxy.metric("ab_requests_total", { model_version: "none", status: "431" }), 1);
});

test("a CORS preflight gets neither cookie nor count, always from the control", async (t) => {
  const proxy = await startPair(t);
  for (let round = 0; round < 10; round++) {
    const response = await fetch(proxy.url, {
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
    });
    assert.equal(await response.text(), "a");
    assert.equal(response.headers.get("set-cookie"), null);
  }
  assert.equal(await proxy.metric("ab_assignments_total", { model_version: "a" }), 0);
  assert.equal(await proxy.metric("ab_identity_total", { source: "new" }), 0);
});

test("each decision adds every weight to the expectation, and an exposure to its analysis bucket", async (t) => {
  const proxy = await startPair(t);
  await (await fetch(proxy.url, { headers: { "x-user-id": "alice" } })).text();
  await (await fetch(proxy.url, { headers: { "x-user-id": "bob" } })).text();
  await (await fetch(proxy.url, { headers: { "x-user-id": "alice" } })).text();
  for (const model_version of ["a", "b"])
    assert.equal(await proxy.metric("ab_expected_assignments_total", { model_version }), 1.5);
  assert.equal(await proxy.metric("ab_assignments_total", { model_version: "a" }), 2);
  assert.equal(await proxy.metric("ab_bucket_requests_total", { model_version: "a", bucket: "22" }), 2);
  assert.equal(await proxy.metric("ab_bucket_requests_total", { model_version: "b", bucket: "44" }), 1);
  assert.equal(await proxy.metric("ab_bucket_errors_total", { model_version: "a", bucket: "22" }), 0);
});
