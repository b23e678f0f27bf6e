import assert from "node:assert/strict";
import { test } from "node:test";
import { askVariants, upstreamNotes, variantsIn } from "./upstreams.ts";

const workers = [
  { title: "worker a", url: "http://127.0.0.1:8101" },
  { title: "worker b", url: "http://127.0.0.1:8102" },
];
const variant = (name: string, ...upstreams: string[]) => ({ name, upstreams });

test("variants on the workers started here need no note, whatever path or name for this machine they use", () => {
  const variants = [
    variant("x", "http://localhost:8101/v1"),
    variant("y", workers[1]?.url ?? "", "http://far:1"),
  ];
  assert.deepEqual(upstreamNotes(variants, workers), []);
});

test("a variant elsewhere and a worker that no variant asks are both noted", () => {
  assert.deepEqual(
    upstreamNotes([variant("x", "http://127.0.0.1:8101"), variant("next", "http://far:1")], workers),
    [
      'note: variant "next" (http://far:1) does not point at a worker started here',
      "note: no variant points at worker b (http://127.0.0.1:8102)",
    ],
  );
});

test("an answer that is no configuration, or none at all, gives no notes", async () => {
  for (const answer of [null, 3, {}, { config: { variants: [{ name: 1 }] } }])
    assert.deepEqual(upstreamNotes(variantsIn(answer), workers), []);
  assert.deepEqual(await askVariants("http://127.0.0.1:1"), []);
});
