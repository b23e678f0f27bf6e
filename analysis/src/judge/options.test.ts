import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = parseOptions(argv, env);
  assert.ok(options.kind === "run", JSON.stringify(options));
  return options;
}

test("without flags and environment everything is as the file says", () => {
  const { configFile, overrides, isOnce, at } = run([]);
  assert.deepEqual([configFile, isOnce, at], ["config/experiment.yaml", false, undefined]);
  assert.ok(Object.values(overrides).every((value) => value === undefined));
});

test("a flag wins over the environment, and an empty variable is none", () => {
  const env = {
    BLINDSPLIT_CONFIG: "e.yaml",
    BLINDSPLIT_JUDGE_PROMETHEUS: "http://one:9090/",
    BLINDSPLIT_JUDGE_GATEWAYS: "http://a:8081, http://b:8081",
    BLINDSPLIT_JUDGE_STATE: "state.json",
    BLINDSPLIT_JUDGE_HOST: "",
    BLINDSPLIT_JUDGE_PORT: "1",
    BLINDSPLIT_JUDGE_STEP: "1m",
    BLINDSPLIT_LOG_LEVEL: "warn",
  };
  const { configFile, overrides } = run(["--prometheus", "http://two:9090/base", "--port=0"], env);
  assert.equal(configFile, "e.yaml");
  assert.deepEqual(overrides, {
    host: undefined,
    port: 0,
    stepMs: 60_000,
    prometheus: "http://two:9090/base",
    gateways: ["http://a:8081", "http://b:8081"],
    state: "state.json",
    logLevel: "warn",
  });
});

test("a moment of the past is for one look", () => {
  const { isOnce, at } = run(["--once", "--at", "2027-01-31T12:00Z"]);
  assert.deepEqual([isOnce, at], [true, Date.UTC(2027, 0, 31, 12)]);
});

test("an error names the option, its value and what is allowed", () => {
  const cases: readonly (readonly [string[], Record<string, string>, RegExp])[] = [
    [["--port", "65536"], {}, /--port is "65536": a port is a whole number from 0 to 65535/],
    [[], { BLINDSPLIT_JUDGE_PORT: "x" }, /BLINDSPLIT_JUDGE_PORT is "x"/],
    [["--step", "5"], {}, /--step: .*5.* is no duration/],
    [["--step", "2h"], {}, /--step: 2h is out of range: use 1s to 1h/],
    [["--prometheus", "prometheus:9090"], {}, /--prometheus: .*is no http:\/\/ or https:\/\/ URL/],
    [["--gateways", "http://a/path"], {}, /--gateways: .*has a path/],
    [["--state", ""], {}, /--state is empty/],
    [["--log-level", "loud"], {}, /--log-level is "loud": use one of/],
    [["--at", "2027-01-31T12:00Z"], {}, /--at is for one look: use it with --once/],
    [["--once", "--at", "yesterday"], {}, /--at is "yesterday": write a moment such as/],
    [["--onse"], {}, /Unknown option '--onse'\n--help lists the options/],
    [["experiment.yaml"], {}, /Unexpected argument/],
  ];
  for (const [argv, env, expected] of cases) {
    const options = parseOptions(argv, env);
    assert.ok(options.kind === "error", argv.join(" "));
    assert.match(options.message, expected);
  }
});

test("--help names every flag and variable", () => {
  const help = parseOptions(["--help"], {});
  assert.ok(help.kind === "help");
  for (const name of ["prometheus", "gateways", "state", "host", "port", "step"]) {
    assert.match(help.text, new RegExp(`--${name} `));
    assert.match(help.text, new RegExp(`BLINDSPLIT_JUDGE_${name.toUpperCase()} `));
  }
  assert.match(help.text, /--once .*--at TIME/s);
});
