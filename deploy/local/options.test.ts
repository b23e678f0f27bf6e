import assert from "node:assert/strict";
import { test } from "node:test";
import { type Options, parseOptions } from "./options.ts";

function optionsOf(args: string[], environment = {}): Options {
  const request = parseOptions(args, environment);
  return "run" in request ? request.run : assert.fail("nothing to run");
}

test("without flags everything is where the README says", () => {
  assert.deepEqual(optionsOf([]), {
    config: "config/experiment.yaml",
    workers: ["config/workers/distilbert.yaml", "config/workers/roberta.yaml"],
    workerPorts: [8101, 8102],
    workerPortsChosen: false,
    host: "127.0.0.1",
    port: 8080,
    adminHost: "127.0.0.1",
    adminPort: 8081,
    judgePort: 8082,
    logDir: ".blindsplit/logs",
    startTimeoutMs: 60_000,
  });
});

test("a flag wins over the environment, and an empty variable is none", () => {
  const environment = { BLINDSPLIT_PORT: "9080", BLINDSPLIT_ADMIN_PORT: "9081", BLINDSPLIT_HOST: "" };
  const { port, adminPort, host } = optionsOf(["--port", "7080"], environment);
  assert.deepEqual([port, adminPort, host], [7080, 9081, "127.0.0.1"]);
});

test("any number of workers gets a port each", () => {
  const { workers, workerPorts } = optionsOf([
    "--worker",
    "a.yaml",
    "--worker",
    "b.yaml",
    "--worker",
    "c.yaml",
  ]);
  assert.deepEqual(workers, ["a.yaml", "b.yaml", "c.yaml"]);
  assert.deepEqual(workerPorts, [8101, 8102, 8103]);
});

test("what cannot be meant is refused with the value and the range", () => {
  const refusals: [string[], RegExp][] = [
    [["--port", "http"], /--port is "http": give a whole number from 0 to 65535/],
    [["--port", "70000"], /--port is "70000"/],
    [["--port=-1"], /--port is "-1"/],
    [["--worker-ports", "1"], /has 1 port\(s\) for 2 worker\(s\)/],
    [["--start-timeout", "0"], /from 1 to 3600/],
    [["extra"], /Unexpected argument 'extra'/],
  ];
  for (const [args, message] of refusals)
    assert.throws(() => parseOptions(args, {}), { code: "bad_option", message });
});

test("a variable that cannot be meant is named, not the flag of the same meaning", () => {
  const refusals: [string, string][] = [
    ["BLINDSPLIT_PORT", "abc"],
    ["BLINDSPLIT_ADMIN_PORT", "70000"],
    ["BLINDSPLIT_WORKER_PORTS", "8101,x"],
  ];
  for (const [name, text] of refusals)
    assert.throws(() => parseOptions([], { [name]: text }), {
      code: "bad_option",
      message: new RegExp(`^${name} is "${text.split(",").at(-1)}": give a whole number`),
    });
  assert.throws(() => parseOptions([], { BLINDSPLIT_WORKER_PORTS: "1" }), {
    message: /^BLINDSPLIT_WORKER_PORTS has 1 port\(s\) for 2 worker\(s\)/,
  });
});

test("a flag that npm kept for itself is written out as it was meant", () => {
  const parse = (args: string[], environment = {}) => parseOptions(args, environment);
  assert.throws(() => parse(["9000"], { npm_config_admin_port: "true" }), {
    message: /^Unexpected argument '9000'.*; write npm start -- --admin-port 9000; npm start -- --help/,
  });
  assert.throws(() => parse(["9000"]), { message: /write npm start -- --FLAG VALUE; / });
});

test("help and version are asked for", () => {
  assert.deepEqual(parseOptions(["--help"], {}), { print: "help" });
  assert.deepEqual(parseOptions(["-v"], {}), { print: "version" });
});
