import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { jsonSchema } from "./json-schema.ts";

test("config/experiment.schema.json is what the zod schema generates", async () => {
  const written = await readFile(new URL("../../../config/experiment.schema.json", import.meta.url), "utf8");
  assert.equal(
    written,
    jsonSchema(),
    "run: node proxy/src/config/json-schema.ts > config/experiment.schema.json",
  );
});

test("an editor accepts a reference wherever a number is wanted", () => {
  const { properties } = JSON.parse(jsonSchema());
  const [number, reference] = properties.variants.items.properties.weight.anyOf;
  assert.equal(number.type, "integer");
  assert.match("${WEIGHT:-50}", new RegExp(reference.pattern));
});

test("an editor accepts a reference where a secret is wanted, which is shorter than one", () => {
  const { admin, force } = JSON.parse(jsonSchema()).properties;
  for (const { anyOf } of [admin.properties.token, force.properties.secret.anyOf[0]])
    assert.ok(anyOf.some(({ pattern }: { pattern?: string }) => pattern && new RegExp(pattern).test("${S}")));
});
