import assert from "node:assert/strict";
import { test } from "node:test";
import { redisUrl } from "./redis-url.ts";

test("a password that is no percent-encoding is refused with the remedy, and not repeated", () => {
  for (const url of [
    "redis://user:100%secret@host",
    "redis://us%er:secret@host",
    "redis://:%E4secret@host",
    "rediss://u:secret%@host",
  ]) {
    const { success, error } = redisUrl.safeParse(url);
    assert.ok(!success, url);
    const messages = error.issues.map(({ message }) => message).join("\n");
    assert.match(messages, /%25/);
    assert.ok(!messages.includes("secret"), messages);
  }
});

test("a password may have every character, percent-encoded", () => {
  for (const url of ["redis://user:100%25secret@host", "redis://:%C3%A4%2F%40@host:6379/0", "rediss://host"])
    assert.equal(redisUrl.parse(url), url);
});
