import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExperiment } from "../../../test/support/small-experiment.ts";
import { refuseFixed } from "./fixed.ts";

test("a listen address cannot change while running, everything else can", () => {
  const config = parseExperiment("");
  const moved = parseExperiment(
    "listen: { port: 1 }\nadmin: { hosts: [proxy.internal] }\nlog: { level: warn }",
  );
  const [problem, ...others] = refuseFixed(config, moved);
  assert.equal(problem?.path, "listen.port");
  assert.match(
    problem?.message ?? "",
    /cannot change from 8080 to 1 while running: put 8080 back, or restart/,
  );
  assert.deepEqual(others, []);
});

test("neither can a socket, shared ports or TLS come and go", () => {
  const config = parseExperiment("");
  const pem = { file: "a.pem", pem: "" };
  const { listen } = config;
  const next = {
    ...config,
    listen: { ...listen, unix: "a.sock", reusePort: true, tls: { cert: pem, key: pem } },
  };
  assert.deepEqual(
    refuseFixed(config, next).map(({ path, message }) => `${path} ${message.replace(/:.*/, "")}`),
    [
      "listen.unix cannot change from none to a.sock while running",
      "listen.reuse_port cannot change from false to true while running",
      "listen.tls cannot change from none to TLS while running",
    ],
  );
});
