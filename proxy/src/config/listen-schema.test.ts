import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment, refuseEach } from "../../../test/support/small-experiment.ts";

test("the traffic listener can have a socket, shared ports and limits of connections", () => {
  const { listen } = parseExperiment(
    "listen: { unix: /run/blindsplit.sock, reuse_port: true, max_connections: 10, max_connections_per_address: 5 }",
  );
  assert.deepEqual(listen, {
    host: "127.0.0.1",
    port: 8080,
    unix: "/run/blindsplit.sock",
    reusePort: true,
    tls: undefined,
    maxConnections: 10,
    maxConnectionsPerAddress: 5,
  });
});

test("a body's limit is off, bytes, or bytes with a unit", () => {
  const bodyBytes = (yaml: string, env = {}) =>
    parseExperiment(`limits: { body: ${yaml} }`, { env }).limits.bodyBytes;
  const cases = [
    ["off", undefined],
    ["1", 1],
    ["'2048'", 2048],
    ["512KiB", 524_288],
    ["10MiB", 10_485_760],
    ["1GiB", 1_073_741_824],
  ] as const;
  for (const [yaml, expected] of cases) assert.equal(bodyBytes(yaml), expected, yaml);
  assert.equal(bodyBytes('"${B}"', { B: "4096" }), 4096);
  assert.equal(bodyBytes('"${B}"', { B: "4KiB" }), 4096);
});

test("a number where off may stand can come from the environment too", () => {
  const { listen, limits } = parseExperiment(
    'listen: { max_connections_per_address: "${C}" }\nlimits: { max_in_flight: "${M:-off}" }',
    { env: { C: "7" } },
  );
  assert.deepEqual([listen.maxConnectionsPerAddress, limits.maxInFlight], [7, undefined]);
});

test("a rate of requests may be shared through Redis", () => {
  const rate = (yaml: string) => parseExperiment(`limits: { rate: ${yaml} }`).limits.rate;
  assert.deepEqual(rate("{ requests: 5, per: 1m }"), { requests: 5, perMs: 60_000, redis: undefined });
  assert.equal(
    rate("{ requests: 5, per: 1m, redis: 'rediss://u:p%23@redis.internal:6380/2' }")?.redis,
    "rediss://u:p%23@redis.internal:6380/2",
  );
});

test("what a listener and callers cannot have is refused with the limit", () => {
  refuseEach([
    [
      `listen: { unix: ${"é".repeat(51)} }`,
      /^listen\.unix: has 102 bytes: the most is 100, choose a shorter path$/,
    ],
    ['listen: { unix: "\\0a" }', /^listen\.unix: has control characters: remove them$/],
    ["listen: { unix: '' }", /a text of 0 characters is too small/],
    ["listen: { reuse_port: 1 }", /must be true or false, and is 1$/],
    ["listen: { reusePort: true }", /^listen\.reusePort: is no known key: did you mean reuse_port\?$/],
    ["listen: { max_connections: 0 }", /0 is too small: the least is 1$/],
    [
      "listen: { max_connections_per_address: none }",
      /must be off or a whole number from 1 to 1000000, and is "none"$/,
    ],
    ["listen: { max_connections_per_address: 0 }", /0 is too small: the least is 1$/],
    ["listen: { tls: on }", /^listen\.tls: must be a map of keys, and is "on"$/],
    ["limits: { body: 10MB }", /^limits\.body: "10MB" is no size: write off, or .* 10MiB or 1GiB$/],
    ["limits: { body: 0 }", /^limits\.body: 0 is out of range: write off, or/],
    ["limits: { body: 999999999999GiB }", /is out of range/],
    ["limits: { body: [] }", /a list is no size/],
    ["limits: { body_timeout: off }", /^limits\.body_timeout: "off" is no duration/],
    ["limits: { max_in_flight: 1.5 }", /must be off or a whole number from 1 to 1000000, and is 1\.5$/],
    ["limits: { rate: 5 }", /^limits\.rate: must be a map of keys, and is 5$/],
    [
      "limits: { rate: { requests: 5, per: 100ms } }",
      /^limits\.rate\.per: 100ms is out of range: use 1s to 1d$/,
    ],
    [
      "limits: { rate: { requests: 5 } }",
      /^limits\.rate\.per: is missing: write a whole number and its unit/,
    ],
  ]);
});

test("the address of a Redis server is never repeated", () => {
  for (const url of [
    "http://u:hunter2@x",
    "redis://u:hunter2@",
    "redis://u:hunter2@x/a",
    "redis://u:hun ter2@x",
  ])
    refuseEach([
      [
        `limits: { rate: { requests: 5, per: 1s, redis: "${url}" } }`,
        /^limits\.rate\.redis: is no (?!.*hun)(?!.*ter2).*write an address such as redis:/,
      ],
    ]);
});
