import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseRequestId, createRequestIds } from "./request-id.ts";

const fresh = () => "fresh";

test("a sane request id of the caller is kept", () => {
  for (const id of ["1", "4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233-abc/def+1@host:7~._"])
    assert.equal(chooseRequestId([id], fresh), id);
});

test("a missing, repeated, empty, long or strange request id is replaced", () => {
  for (const sent of [[], ["a", "a"], [""], ["a".repeat(129)], ["a b"], ["a,b"], ['"'], ["é"], ["a\tb"]])
    assert.equal(chooseRequestId(sent, fresh), "fresh");
});

test("made ids are sane, of one length, and differ", () => {
  const make = createRequestIds();
  const ids = Array.from({ length: 2000 }, make);
  assert.equal(new Set(ids).size, 2000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{22}$/);
});
