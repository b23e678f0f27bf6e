import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { gatewayServices, gatewayUrls } from "./direct-services.ts";

test("without gateways of its own the judge asks those of the configuration", () => {
  for (const [yaml, expected] of [
    ["", ["http://127.0.0.1:8081"]],
    ["admin: { host: 0.0.0.0, port: 9000, token: a-token-of-the-operator }", ["http://127.0.0.1:9000"]],
    ['admin: { host: "::", token: a-token-of-the-operator }', ["http://[::1]:8081"]],
    [
      'admin: { replicas: ["http://other:8081", "http://127.0.0.1:8081"] }',
      ["http://127.0.0.1:8081", "http://other:8081"],
    ],
    ["admin: { port: 0 }", []],
    ['judge: { gateways: ["http://a:1", "http://a:1"] }', ["http://a:1"]],
  ] as const)
    assert.deepEqual(gatewayUrls(parseExperiment(yaml)), expected, yaml);
});

test("gateways are asked by their address, with the operator's token", () => {
  const [service] = gatewayServices(parseExperiment("admin: { token: a-token-of-the-operator }"));
  assert.deepEqual(
    [service?.authority, service?.headers],
    [undefined, ["authorization", "Bearer a-token-of-the-operator"]],
  );
});
