import assert from "node:assert/strict";
import { test } from "node:test";
import { readCalls } from "./calls.ts";

test("calls that failed are no successes, and messages that were given up are counted for every reason", () => {
  const { byKind, areOfReceiver } = readCalls(
    [
      "# TYPE alertmanager_notification_requests_total counter",
      'alertmanager_notification_requests_total{integration="webhook"} 9',
      'alertmanager_notification_requests_failed_total{integration="webhook"} 7',
      'alertmanager_notifications_failed_total{integration="webhook",reason="serverError"} 1',
      'alertmanager_notifications_failed_total{integration="webhook",reason="other"} 2',
      'alertmanager_notifications_total{integration="webhook"} 5',
      'alertmanager_notification_requests_total{integration="email"} 1e+06',
      "",
    ].join("\n"),
    "on-call",
  );
  assert.equal(areOfReceiver, false);
  assert.deepEqual(
    [...byKind],
    [
      ["webhook", { taken: 2, failed: 7, lost: 3 }],
      ["email", { taken: 1_000_000, failed: 0, lost: 0 }],
    ],
  );
});

test("where Alertmanager counts each receiver by itself, another one's calls are not ours", () => {
  const { byKind, areOfReceiver } = readCalls(
    [
      'alertmanager_notification_requests_total{integration="webhook",receiver_name="heartbeat"} 9',
      'alertmanager_notification_requests_total{integration="webhook",receiver_name="on-call"} 1',
    ].join("\n"),
    "on-call",
  );
  assert.equal(areOfReceiver, true);
  assert.deepEqual([...byKind], [["webhook", { taken: 1, failed: 0, lost: 0 }]]);
});
