import assert from "node:assert/strict";
import { test } from "node:test";
import { readChannels } from "./channel.ts";

/** As Alertmanager 0.25 and 0.28 show a configuration that was written as JSON. */
const shown = `global:
  resolve_timeout: 5m
route:
  receiver: tickets
  routes:
  - receiver: drill
    match:
      drill: "true"
receivers:
- name: tickets
- name: on-call
  telegram_configs:
  - send_resolved: true
    http_config:
      follow_redirects: true
    token: <secret>
    message: |-
      receivers:
      - name: nobody
        slack_configs:
  - send_resolved: true
    chat: -2
  webhook_configs:
  - send_resolved: true
    url: <secret>
- name: "yes"
  email_configs:
  - send_resolved: true
    headers:
      Subject: x
templates: []
`;

test("every receiver's kinds of channel are read, and how many there are of each", () => {
  assert.deepEqual(
    [...readChannels(shown)],
    [
      ["tickets", []],
      [
        "on-call",
        [
          { kind: "telegram", count: 2 },
          { kind: "webhook", count: 1 },
        ],
      ],
      ["yes", [{ kind: "email", count: 1 }]],
    ],
  );
});

test("receivers at the end of a configuration are read, and one without receivers has none", () => {
  const last = "receivers:\n- name: a\n  webhook_configs:\n  - url: x";
  assert.deepEqual([...readChannels(last)], [["a", [{ kind: "webhook", count: 1 }]]]);
  assert.equal(readChannels("route:\n  receiver: a\n").size, 0);
});
