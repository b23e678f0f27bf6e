import assert from "node:assert/strict";
import test from "node:test";
import { readRequestHead } from "./headers.ts";

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
      "X-Request-Id",
      "7",
      "accept",
      "*/*",
    ],
    "x-user-id",
    "1.0",
  );
  assert.deepEqual(passed, [
    "X-Request-Id",
    "7",
    "accept",
    "*/*",
    "x-forwarded-host",
    "a",
    "x-forwarded-proto",
    "http",
  ]);
});

test("repeated fields stay repeated", () => {
  const { passed, cookies } = readRequestHead(
    ["Cookie", "a=1", "Accept", "x", "Cookie", "b=2", "Accept", "y"],
    "x-user-id",
    "1.0",
  );
  assert.deepEqual(names(passed), ["cookie", "accept", "cookie", "accept", "x-forwarded-proto"]);
  assert.deepEqual(cookies, ["a=1", "b=2"]);
});

test("the unit id's header is read under any spelling and passes on", () => {
  const head = readRequestHead(["X-USER-ID", "alice", "x-user-id", "bob"], "x-user-id", "1.0");
  assert.deepEqual(head.idHeader, ["alice", "bob"]);
  assert.deepEqual(names(head.passed).slice(0, 2), ["x-user-id", "x-user-id"]);
});

test("an address chain in several fields is read as one", () => {
  const head = readRequestHead(
    ["X-Forwarded-For", "1.1.1.1", "x-forwarded-for", "2.2.2.2"],
    "x-user-id",
    "1.0",
  );
  assert.equal(head.forwardedFor, "1.1.1.1, 2.2.2.2");
  assert.ok(!names(head.passed).includes("x-forwarded-for"));
});

test("what a proxy before this one said of host and scheme stays", () => {
  const { passed } = readRequestHead(
    ["Host", "inner", "X-Forwarded-Host", "outer", "X-Forwarded-Proto", "https"],
    "x-user-id",
    "1.0",
  );
  assert.deepEqual(passed, ["X-Forwarded-Host", "outer", "X-Forwarded-Proto", "https"]);
});

test("no Host field is in doubt under HTTP/1.1 only", () => {
  assert.match(readRequestHead([], "x-user-id", "1.1").doubt ?? "", /no Host field/);
  assert.equal(readRequestHead([], "x-user-id", "1.0").doubt, undefined);
});

test("what the proxy adds cannot be taken away by Connection", () => {
  const { passed } = readRequestHead(
    ["Host", "a", "Connection", "x-forwarded-host, x-forwarded-proto"],
    "x-user-id",
    "1.1",
  );
  assert.deepEqual(passed, ["x-forwarded-host", "a", "x-forwarded-proto", "http"]);
});

test("two Host fields are in doubt", () => {
  assert.match(readRequestHead(["Host", "a", "Host", "b"], "x-user-id", "1.0").doubt ?? "", /2 Host fields/);
});

for (const name of ["X-User-Id", "cookie", "Host", "Content-Length", "x-forwarded-for"]) {
  test(`hop-by-hop abuse: "Connection: ${name}" is in doubt`, () => {
    assert.match(
      readRequestHead(["Connection", `close, ${name}`], "x-user-id", "1.0").doubt ?? "",
      new RegExp(name.toLowerCase()),
    );
  });
}
