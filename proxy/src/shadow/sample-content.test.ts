import assert from "node:assert/strict";
import { test } from "node:test";
import { sampleContent } from "./sample-content.ts";

test("a sample has the text of a single prediction, else the body, else what was asked for", () => {
  const of = (body: string | null) =>
    sampleContent({ target: "/p", body: body === null ? null : Buffer.from(body) });
  assert.deepEqual(of('{"text":"grüße"}'), { target: "/p", text: "grüße" });
  for (const body of ["free text", '{"texts":["a"]}', '{"text":1}', "null", "[]"])
    assert.deepEqual(of(body), { target: "/p", body });
  assert.deepEqual(of(null), { target: "/p" });
});
