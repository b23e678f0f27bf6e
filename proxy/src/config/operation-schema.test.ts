import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment, refuseEach } from "../../../test/support/small-experiment.ts";

test("the operator's keys are taken over in the unit of their name", () => {
  const { admin, reload, shutdown, log } = parseExperiment(
    "admin: { token: sixteen-and-more }\nreload: { deadline: 2h }\nshutdown: { drain_delay: 0ms }\nlog: { access: sampled, sample: 0.5 }",
  );
  assert.equal(admin.token, "sixteen-and-more");
  assert.deepEqual([reload.deadlineMs, shutdown.drainDelayMs], [7_200_000, 0]);
  assert.deepEqual(log, { level: "info", access: "sampled", sampleRatio: 0.005 });
});

test("the live page is masked only where a token hides all else", () => {
  const masked = parseExperiment("admin: { page: masked, token: sixteen-and-more }").admin;
  assert.equal(masked.page, "masked");
  refuseEach([
    ["admin: { page: masked }", /^admin\.page: masked needs admin\.token: .*openssl rand -base64 32/],
    ["admin: { page: on }", /"on" is not possible here: use open, masked, off$/],
  ]);
});

test("the other gateways are addresses without a path, each once", () => {
  const { replicas } = parseExperiment(
    'admin: { replicas: ["http://proxy:8081/", "http://proxy:8081", "https://[::1]:9000"] }',
  ).admin;
  assert.deepEqual(replicas, ["http://proxy:8081", "https://[::1]:9000"]);
  refuseEach([
    ["admin: { replicas: [proxy] }", /^admin\.replicas\[0\]: "proxy" is no http:\/\/ or https:\/\/ URL/],
    ["admin: { replicas: ['http://proxy/metrics'] }", /has a path: write only scheme, host and port/],
    ["admin: { replicas: ['http://u:hunter2@proxy'] }", /carries credentials/],
    ["admin: { replicas: http://proxy }", /^admin\.replicas: must be a list/],
  ]);
});

test("what an operator cannot ask for is refused with the limit, a token without being repeated", () => {
  refuseEach([
    ["admin: { token: hunter2 }", /^admin\.token: has 7 characters, .*openssl rand -base64 32`$/],
    [
      "admin: { token: 'sixteen hunter2 more' }",
      /^admin\.token: has blanks or characters outside of ASCII(?!.*hunter2)/,
    ],
    ["admin: { token: 1234567890123456 }", /must be text, and is a number: put it in quotes$/],
    ["admin: { token: [hunter2] }", /^admin\.token: must be text, and is a list: put it in quotes$/],
    ["admin: { tokn: x }", /^admin\.tokn: is no known key: did you mean token\?$/],
    ["reload: { deadline: 8d }", /8d is out of range: use 1ms to 7d$/],
    ["shutdown: { drain_delay: 6m }", /6m is out of range: use 0ms to 5m$/],
    ["log: { access: some }", /"some" is not possible here: use off, errors, all, sampled$/],
    ["log: { sample: 101 }", /101 is too large: the most is 100$/],
  ]);
});
