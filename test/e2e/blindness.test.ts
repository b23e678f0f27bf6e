import assert from "node:assert/strict";
import test from "node:test";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { blankHead } from "../support/blanked.ts";
import { exchangeRaw, type RawAnswer, rawRequest } from "../support/raw-http.ts";
import { startSystem } from "../support/system.ts";

const USERS_OF_EACH = 100;
const { assign } = createAssignment({ salt: "", weights: [50, 50] });

/** The first hundred users of each variant. */
function usersOf(variant: number): string[] {
  const ids: string[] = [];
  for (let index = 0; ids.length < USERS_OF_EACH; index++)
    if (assign(`user-${index}`).variant === variant) ids.push(`user-${index}`);
  return ids;
}

/** All that a caller sees before the body. */
function visible({ text }: RawAnswer): string {
  return blankHead(text.slice(0, text.indexOf("\r\n\r\n")));
}

const BODY = JSON.stringify({ text: "not bad at all" });
const json = { "content-type": "application/json" };
const situations: Readonly<Record<string, (id: string) => string>> = {
  "a prediction": (id) => rawRequest("POST", "/predict", { ...json, "x-user-id": id }, BODY),
  "many predictions": (id) =>
    rawRequest("POST", "/predict", { ...json, "x-user-id": id }, JSON.stringify({ texts: ["good", "bad"] })),
  "a body that is no JSON": (id) => rawRequest("POST", "/predict", { ...json, "x-user-id": id }, "{"),
  "an empty text": (id) =>
    rawRequest("POST", "/predict", { ...json, "x-user-id": id }, JSON.stringify({ text: "" })),
  "another content type": (id) =>
    rawRequest("POST", "/predict", { "content-type": "text/plain", "x-user-id": id }, "x"),
  "a path that does not exist": (id) => rawRequest("GET", "/nothing", { "x-user-id": id }),
  "a method that does not fit": (id) => rawRequest("DELETE", "/predict", { "x-user-id": id }),
  "a hidden path": (id) => rawRequest("GET", "/metadata", { "x-user-id": id }),
};

test(`${USERS_OF_EACH} users of each variant see byte-equal status lines and headers, in the same order`, async (t) => {
  const system = await startSystem(t);
  for (const [situation, request] of Object.entries(situations)) {
    const seen = new Set<string>();
    const bodies = [new Set<string>(), new Set<string>()];
    for (const variant of [0, 1])
      for (const id of usersOf(variant)) {
        const answer = await exchangeRaw(system.port, request(id));
        seen.add(visible(answer));
        bodies[variant]?.add(answer.body);
      }
    assert.equal(seen.size, 1, `${situation}: ${[...seen].join("\n---\n")}`);
    // An error says the same to everybody; only a prediction may differ.
    if (!situation.includes("prediction")) assert.deepEqual(bodies[0], bodies[1], situation);
    t.diagnostic(`${situation}: ${[...seen][0]?.split("\r\n").join(" | ")}`);
  }
});

test("new sessions of both variants get cookies that differ in nothing but the random id", async (t) => {
  const system = await startSystem(t);
  const seen = [new Set<string>(), new Set<string>()];
  for (let caller = 0; caller < 60; caller++) {
    const answer = await exchangeRaw(system.port, rawRequest("POST", "/predict", json, BODY));
    const id = /model_session=([^;]+)/.exec(answer.text)?.[1] as string;
    seen[assign(id).variant]?.add(visible(answer).replace(id, "…"));
  }
  assert.equal(seen[0]?.size, 1);
  assert.deepEqual(seen[0], seen[1]);
});
