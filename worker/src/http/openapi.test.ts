import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { ERROR_STATUS } from "../errors.ts";
import { bareServer, testContract } from "../testing/bare-server.ts";
import { fakeThreads } from "../testing/fake-thread.ts";
import { runApp, testOptions } from "../testing/running-app.ts";
import type { Contract } from "./contract.ts";
import { describeApi } from "./openapi.ts";
import { createRequestSchemas } from "./request-schemas.ts";
import { createResponseSchemas } from "./response-schemas.ts";

interface Described {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly schema: { readonly properties?: { readonly code: { readonly enum: readonly string[] } } };
}
interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Described>> };
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Described>> }>>;
}
interface Api {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaNode>> };
}
interface SchemaNode {
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly maxItems?: number;
  readonly maxLength?: number;
}

const describe = (contract: Contract) => describeApi(contract) as Api;
const REGRESSION = testContract({ task: "text-regression", labels: [] });
const valuesOf = (described: Described | undefined) =>
  Object.values(described?.examples ?? {}).map(({ value }) => value);

test("every path that is described is served, and what it answers is described", async (t) => {
  const { url } = await bareServer(t, async () => []);
  const api = describe(testContract());
  assert.equal(api.openapi, "3.1.0");
  for (const [path, { get, post }] of Object.entries(api.paths)) {
    const answer = await fetch(url + path, { method: post === undefined ? "GET" : "POST" });
    const described = (get ?? post)?.responses[answer.status]?.content ?? {};
    const [mediaType = ""] = (answer.headers.get("content-type") || "text/plain").split(";");
    assert.ok(mediaType in described, `${path}: ${answer.status} ${mediaType}`);
    await answer.arrayBuffer();
  }
});

test("what is served at /openapi.json says this worker's labels and limits", async (t) => {
  const { get } = await runApp(t, testOptions({ maxTexts: 3, maxInputChars: 77 }), {
    startThread: fakeThreads().start,
  });
  const { json, headers } = await get("/openapi.json");
  assert.equal(headers.get("content-type"), "application/json");
  const { schemas } = (json as Api).components;
  assert.deepEqual(new Set(schemas.Label?.enum), new Set(["negative", "positive"]));
  assert.equal(schemas.TextsRequest?.properties?.texts?.maxItems, 3);
  assert.equal(schemas.TextRequest?.properties?.text?.maxLength, 77);
});

test("every reference in the description leads to one of its schemas", () => {
  for (const contract of [testContract({ allowsDetail: true }), REGRESSION]) {
    const text = JSON.stringify(describeApi(contract));
    const { schemas } = describe(contract).components;
    const names = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name ?? "",
    );
    assert.ok(names.length > 0 && names.length === text.split('"$ref"').length - 1);
    for (const name of names) assert.ok(Object.hasOwn(schemas, name), name);
    assert.doesNotMatch(text, /"\$(schema|id)"/);
  }
});

for (const [what, contract] of [
  ["classification", testContract({ allowsDetail: true })],
  ["regression", REGRESSION],
] as const) {
  test(`the examples of a ${what} model are valid`, () => {
    const requests = createRequestSchemas(contract.limits, z.registry());
    const responses = createResponseSchemas(contract, z.registry());
    const request = z.xor([requests.strict.text, requests.strict.texts]);
    const response = z.union([responses.prediction, responses.predictions]);
    for (const { post } of Object.values(describe(contract).paths)) {
      if (post === undefined) continue;
      const bodies = valuesOf(post.requestBody?.content["application/json"]);
      const answers = valuesOf(post.responses[200]?.content["application/json"]);
      assert.ok(bodies.length > 0 && answers.length === bodies.length);
      for (const body of bodies) request.parse(body);
      for (const answer of answers) response.parse(answer);
      for (const [status, { content }] of Object.entries(post.responses)) {
        for (const value of valuesOf(content["application/problem+json"])) {
          const problem = responses.problem.parse(value);
          assert.equal(problem.status, Number(status));
          assert.ok(problem.detail !== "", problem.code);
        }
      }
    }
  });
}

test("every code that a caller can see stands with /predict, but for those of the routing", () => {
  const responses = describe(testContract()).paths["/predict"]?.post?.responses ?? {};
  const codes = Object.values(responses).flatMap(
    ({ content }) => content["application/problem+json"]?.schema.properties?.code.enum ?? [],
  );
  const expected = Object.entries(ERROR_STATUS).flatMap(([code, status]) => (status === 0 ? [] : code));
  assert.deepEqual(new Set([...codes, "not_found", "method_not_allowed"]), new Set(expected));
});

test("the header with the prediction is described where one text can be asked about", () => {
  const { paths } = describe(testContract());
  const isDescribed = (path: string) =>
    JSON.stringify(paths[path]?.post?.responses[200]).includes("X-Blindsplit-Prediction");
  assert.deepEqual(["/predict", "/forward", "/forward_batch"].map(isDescribed), [true, true, false]);
});

test("detail is described where it is answered, and nowhere else", () => {
  const namesOf = (contract: Contract) =>
    describe(contract).paths["/predict"]?.post?.parameters?.map(({ name }) => name);
  const headers = ["X-Request-Timeout", "X-Blindsplit-Shadow"];
  assert.deepEqual(namesOf(testContract()), headers);
  assert.deepEqual(namesOf(testContract({ allowsDetail: true })), [...headers, "detail"]);
});

test("a text is what its description's pattern says: not only white space", () => {
  const { schemas } = JSON.parse(JSON.stringify(describeApi(testContract()))).components;
  const pattern = new RegExp(schemas.TextRequest.properties.text.pattern);
  const { text } = createRequestSchemas(testContract().limits, z.registry()).strict;
  for (let unit = 0; unit < 0x1_0000; unit += 1) {
    const character = String.fromCharCode(unit);
    if (!character.isWellFormed()) continue;
    assert.equal(text.safeParse({ text: character }).success, pattern.test(character), unit.toString(16));
  }
});
