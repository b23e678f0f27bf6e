import assert from "node:assert/strict";
import { test } from "node:test";
import { createUser } from "./user.ts";

test("every other user sends an id, the same at every run, and ignores cookies", () => {
  const user = createUser(2, "x-account");
  assert.equal(user.known, true);
  user.remember(["model_session=abc"]);
  assert.deepEqual(user.headers(), { "x-account": "demo-user-3" });
});

test("the others send nothing until they are given a cookie, then that", () => {
  const user = createUser(1, "x-user-id");
  assert.deepEqual(user.headers(), {});
  assert.equal(user.known, false);
  user.remember(["model_session=a=b; HttpOnly; SameSite=Lax; Path=/", "other=1; Max-Age=60"]);
  assert.deepEqual(user.headers(), { cookie: "model_session=a=b; other=1" });
  assert.equal(user.known, true);
});

test("a later cookie replaces an earlier one and a lifetime of zero takes it back", () => {
  const user = createUser(1, "x-user-id");
  user.remember(["s=1", "t=1", "nonsense", "=x"]);
  user.remember(["s=2", "t=; Max-Age=0"]);
  assert.deepEqual(user.headers(), { cookie: "s=2" });
});
