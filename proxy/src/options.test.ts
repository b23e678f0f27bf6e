import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOptions } from "./options.ts";

const overrides = (argv: string[], env = {}) => {
  const options = parseOptions(argv, env);
  assert.ok(options.kind === "run", JSON.stringify(options));
  return options;
};

test("without flags and environment the reference experiment runs as its file says", () => {
  const { configFile, overrides: none } = overrides([]);
  assert.equal(configFile, "config/experiment.yaml");
  assert.ok(Object.values(none).every((value) => value === undefined));
});

test("a flag wins over the environment", () => {
  const env = {
    BLINDSPLIT_CONFIG: "e.yaml",
    BLINDSPLIT_PORT: "1",
    BLINDSPLIT_ADMIN_PORT: "2",
    BLINDSPLIT_ADMIN_HOST: "::",
    BLINDSPLIT_HOST: "",
    BLINDSPLIT_LOG_LEVEL: "warn",
  };
  assert.deepEqual(overrides(["--port", "0", "--log-level=error"], env), {
    kind: "run",
    configFile: "e.yaml",
    overrides: { host: undefined, port: 0, adminHost: "::", adminPort: 2, logLevel: "error" },
  });
});

test("an error names the option, its value and what is allowed", () => {
  const cases: readonly (readonly [string[], Record<string, string>, RegExp])[] = [
    [["--port", "65536"], {}, /--port is "65536": a port is a whole number from 0 to 65535/],
    [["--port", "0x10"], {}, /--port is "0x10"/],
    [["--port=-1"], {}, /--port is "-1"/],
    [[], { BLINDSPLIT_ADMIN_PORT: "http" }, /BLINDSPLIT_ADMIN_PORT is "http": a port is/],
    [["--log-level", "loud"], {}, /--log-level is "loud": use one of debug, info, warn, error, silent/],
    [["--host", ""], {}, /--host is empty: give it a value, or leave it out/],
    [["--prot", "1"], {}, /Unknown option '--prot'\n--help lists the options/],
    [["--config"], {}, /'--config <value>' argument missing/],
    [["experiment.yaml"], {}, /Unexpected argument 'experiment\.yaml'/],
  ];
  for (const [argv, env, expected] of cases) {
    const options = parseOptions(argv, env);
    assert.ok(options.kind === "error", JSON.stringify(options));
    assert.match(options.message, expected);
  }
});

test("--help names every flag and variable, --version the version", () => {
  const help = parseOptions(["--help", "--port", "x"], {});
  assert.ok(help.kind === "help");
  for (const name of ["config", "host", "port", "admin-host", "admin-port", "log-level"]) {
    assert.match(help.text, new RegExp(`--${name} `));
    assert.match(help.text, new RegExp(`BLINDSPLIT_${name.toUpperCase().replace("-", "_")} `));
  }
  assert.match(JSON.stringify(parseOptions(["--version"], {})), /blindsplit \d+\.\d+\.\d+/);
});
