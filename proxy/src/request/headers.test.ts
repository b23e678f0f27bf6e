import assert from "node:assert/strict";
import test from "node:test";
import { createHeadReader, type HeadRules, withoutFields } from "./headers.ts";

const rules: HeadRules = { idName: "x-user-id", forceName: undefined, trustsHops: false, ownsCoding: false };

const readRequestHead = (raw: readonly string[], by: HeadRules, version: string) =>
  createHeadReader(by)(raw, version);

const names = (pairs: readonly string[]) =>
  pairs.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());

test("fields of the connection do not pass, the others pass in their order and spelling", () => {
  const { passed } = readRequestHead(
    [
      "Host",
      "a",
      "Connection",
      "keep-alive, X-Hop",
      "Keep-Alive",
      "timeout=5",
      "TE",
      "trailers",
      "X-Hop",
      "1",
      "Transfer-Encoding",
      "chunked",
      "Upgrade",
      "h2c",
      "Expect",
      "100-continue",
      "Proxy-Authorization",
      "secret",
      "Traceparent",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "accept",
      "*/*",
    ],
    rules,
    "1.0",
  );
  assert.deepEqual(passed, [
    "Traceparent",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "accept",
    "*/*",
  ]);
});

test("repeated fields stay repeated", () => {
  const { passed, cookies } = readRequestHead(
    ["Cookie", "a=1", "Accept", "x", "Cookie", "b=2", "Accept", "y"],
    rules,
    "1.0",
  );
  assert.deepEqual(names(passed), ["cookie", "accept", "cookie", "accept"]);
  assert.deepEqual(cookies, ["a=1", "b=2"]);
});

test("the unit id's header is read under any spelling and passes on", () => {
  const head = readRequestHead(["X-USER-ID", "alice", "x-user-id", "bob"], rules, "1.0");
  assert.deepEqual(head.idHeader, ["alice", "bob"]);
  assert.deepEqual(names(head.passed).slice(0, 2), ["x-user-id", "x-user-id"]);
});

test("an address chain in several fields is read as one", () => {
  const head = readRequestHead(["X-Forwarded-For", "1.1.1.1", "x-forwarded-for", "2.2.2.2"], rules, "1.0");
  assert.equal(head.forwardedFor, "1.1.1.1, 2.2.2.2");
  assert.ok(!names(head.passed).includes("x-forwarded-for"));
});

test("what proxies before this one said of a request's origin is read, and passes by itself only if they are trusted", () => {
  const raw = [
    "X-Forwarded-Host",
    "outer",
    "X-Forwarded-Proto",
    "https",
    "Forwarded",
    "for=x",
    "X-Real-IP",
    "x",
  ];
  const head = readRequestHead(raw, rules, "1.0");
  assert.equal(head.forwardedHost, "outer");
  assert.equal(head.forwardedProto, "https");
  assert.deepEqual(head.passed, []);
  assert.deepEqual(names(readRequestHead(raw, { ...rules, trustsHops: true }, "1.0").passed), [
    "forwarded",
    "x-real-ip",
  ]);
});

test("a force token stays at the proxy", () => {
  const head = readRequestHead(["X-Force", "t"], { ...rules, forceName: "x-force" }, "1.0");
  assert.deepEqual(head.forceHeader, ["t"]);
  assert.deepEqual(head.passed, []);
});

test("what codings the caller accepts passes only where coding is not the proxy's matter", () => {
  const raw = ["Accept-Encoding", "gzip"];
  assert.deepEqual(readRequestHead(raw, rules, "1.0").passed, raw);
  assert.deepEqual(readRequestHead(raw, { ...rules, ownsCoding: true }, "1.0").passed, []);
});

test("fields are taken out by name, whatever their spelling", () => {
  assert.deepEqual(withoutFields(["A", "1", "b", "2", "a", "3"], new Set(["a"])), ["b", "2"]);
});

test("no Host field is in doubt under HTTP/1.1 only", () => {
  assert.match(readRequestHead([], rules, "1.1").doubt ?? "", /no Host field/);
  assert.equal(readRequestHead([], rules, "1.0").doubt, undefined);
});

test("two Host fields are in doubt", () => {
  assert.match(readRequestHead(["Host", "a", "Host", "b"], rules, "1.0").doubt ?? "", /2 Host fields/);
});

for (const name of [
  "X-User-Id",
  "cookie",
  "Host",
  "Content-Length",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-request-id",
]) {
  test(`hop-by-hop abuse: "Connection: ${name}" is in doubt`, () => {
    assert.match(
      readRequestHead(["Connection", `close, ${name}`], rules, "1.0").doubt ?? "",
      new RegExp(name.toLowerCase()),
    );
  });
}

test("what CGI would take for a field that the proxy decides on does not pass", () => {
  const raw = ["X_User_Id", "bob", "Content_Length", "5", "X_Real_IP", "x", "x_own", "1"];
  assert.deepEqual(names(readRequestHead(raw, rules, "1.0").passed), ["x_own"]);
});
