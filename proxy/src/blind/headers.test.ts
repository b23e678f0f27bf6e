import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ALLOWED_HEADERS, createBlinder, privateCaching } from "./headers.ts";

const from = { origin: "http://roberta:8000", basePath: "/v2/models/b" };
const options = {
  extra: ["x-model-neutral"],
  fixed: {},
  equalFraming: false,
  upstreamOrigins: ["http://roberta:8000", "http://distilbert:8000"],
  sessionCookie: "model_session",
};
const blinder = createBlinder(options);
const sent = (name: string, value: string | string[]) => {
  const pairs = blinder.headers({ [name]: value }, from, 200);
  return pairs.flatMap((entry, index) => (index % 2 === 1 && pairs[index - 1] === name ? [entry] : []));
};

test("what could tell a variant stays inside", () => {
  const pairs = blinder.headers(
    {
      server: "uvicorn",
      via: "1.1 roberta",
      "x-powered-by": "Express",
      etag: '"r1"',
      "server-timing": "inference;dur=9",
      "x-model": "roberta",
      date: "now",
      connection: "close",
      "content-type": "application/json",
    },
    from,
    200,
  );
  assert.deepEqual(pairs, ["content-type", "application/json", "cache-control", "private"]);
});

test("only allowed names leave, always in the order of the list", () => {
  const order = [...ALLOWED_HEADERS, "x-model-neutral"] as readonly string[];
  const name = fc.oneof(
    fc.constantFrom(...order),
    fc.string({ minLength: 1 }).map((text) => text.toLowerCase()),
  );
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ minLength: 1 })), (headers) => {
      const pairs = blinder.headers(headers, from, 200);
      const positions = pairs.filter((_, index) => index % 2 === 0).map((one) => order.indexOf(one));
      assert.ok(
        positions.every(
          (position, index) => position >= 0 && (index === 0 || position >= (positions[index - 1] as number)),
        ),
      );
    }),
    { seed: 3 },
  );
});

test("the order in which an upstream sends its headers does not show", () => {
  const one = blinder.headers({ "content-length": "2", "content-type": "a/b", allow: "GET" }, from, 200);
  const other = blinder.headers({ allow: "GET", "content-type": "a/b", "content-length": "2" }, from, 200);
  assert.deepEqual(one, other);
});

test("a Location that names an upstream becomes a path on the public name", () => {
  assert.deepEqual(sent("location", "http://roberta:8000/v2/models/b/jobs/1?x=2"), ["/jobs/1?x=2"]);
  assert.deepEqual(sent("location", "http://distilbert:8000/login"), ["/login"]);
  assert.deepEqual(sent("location", "//roberta:8000/login"), ["/login"]);
  assert.deepEqual(sent("location", "/v2/models/b/jobs"), ["/jobs"]);
  assert.deepEqual(sent("location", "https://elsewhere.example/x"), ["https://elsewhere.example/x"]);
  assert.deepEqual(sent("location", "jobs/1"), ["jobs/1"]);
  assert.deepEqual(sent("location", "http://["), ["http://["]);
});

test("a Link that names an upstream is rewritten, its parameters stay", () => {
  assert.deepEqual(sent("link", '<http://roberta:8000/p/2>; rel="next", <https://e.org/>; rel=x'), [
    '</p/2>; rel="next", <https://e.org/>; rel=x',
  ]);
});

test("an upstream's cookies lose its name and path, and cannot replace the session", () => {
  assert.deepEqual(
    sent("set-cookie", ["a=1; Domain=roberta; Path=/v2/models/b; HttpOnly", "model_session=x", "b=2"]),
    ["a=1; Path=/; HttpOnly", "b=2"],
  );
});

test("no answer may stay in a shared cache", () => {
  assert.equal(privateCaching(undefined), "private");
  assert.equal(privateCaching("public, max-age=60, s-maxage=600"), "max-age=60, private");
  assert.equal(privateCaching("no-store"), "no-store, private");
  assert.equal(privateCaching(["max-age=5", "must-revalidate"]), "max-age=5, must-revalidate, private");
});

test("with equal framing, length and coding are not the upstream's to say, and a type is always said in one spelling", () => {
  const equal = createBlinder({ ...options, equalFraming: true });
  const spellings = ["application/json", "application/json;charset=UTF-8", "Application/JSON; charset=utf-8"];
  for (const type of spellings)
    assert.deepEqual(
      equal.headers({ "content-type": type, "content-length": "9", "content-encoding": "gzip" }, from, 200),
      ["content-type", "application/json", "cache-control", "private"],
    );
  assert.deepEqual(equal.headers({}, from, 200), [
    "content-type",
    "application/octet-stream",
    "cache-control",
    "private",
  ]);
  assert.deepEqual(equal.headers({ "content-type": "text/plain" }, from, 204), ["cache-control", "private"]);
});

test("a fixed header leaves with its value, whether the upstream sent another or none", () => {
  const fixing = createBlinder({
    ...options,
    fixed: { "cache-control": "no-store", "content-language": "en" },
  });
  for (const sent of [{}, { "cache-control": "max-age=9", "content-language": "de" }])
    assert.deepEqual(fixing.headers(sent, from, 200), [
      "content-language",
      "en",
      "cache-control",
      "no-store",
    ]);
});

test("x-request-id is the proxy's own, even where an upstream's headers are opened for it", () => {
  const open = createBlinder({ ...options, extra: ["x-request-id"] });
  assert.deepEqual(open.headers({ "x-request-id": "r" }, from, 200), ["cache-control", "private"]);
});
