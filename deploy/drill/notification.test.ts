import assert from "node:assert/strict";
import { test } from "node:test";
import { readNotification } from "./notification.ts";

const alert = { status: "firing", labels: { alertname: "a" }, annotations: {} };
const notification = { status: "firing", receiver: "drill", alerts: [alert] };

test("a notification is read as it was sent, with what else Alertmanager tells", () => {
  const sent = { ...notification, version: "4" };
  assert.deepEqual(readNotification(JSON.stringify(sent)), sent);
});

for (const [what, body] of [
  ["no JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["without receiver", JSON.stringify({ ...notification, receiver: undefined })],
  ["with another status", JSON.stringify({ ...notification, status: "pending" })],
  ["without alerts", JSON.stringify({ ...notification, alerts: undefined })],
  ["with an alert that is none", JSON.stringify({ ...notification, alerts: [null] })],
] as const)
  test(`a body is no notification: ${what}`, () => {
    assert.equal(readNotification(body), undefined);
  });
