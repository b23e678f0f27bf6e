import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseOptions } from "./options.ts";
import { createPlan } from "./plan.ts";
import { variables } from "./standin/checkout.ts";

function createFiles(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "blindsplit-plan-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

function planOf(root: string, args: string[], environment = {}) {
  const files = ["--config", join(root, "experiment.yaml"), "--worker", join(root, "small.yaml")];
  const request = parseOptions([...files, ...args], {});
  return "run" in request
    ? createPlan({ root, workingDirectory: tmpdir() }, request.run, environment)
    : assert.fail("nothing to run");
}

test("each process is told its addresses by flags, and files inside the checkout by their short name", (t) => {
  const root = createFiles(t, { "experiment.yaml": "", "small.yaml": "" });
  const { workers, proxy } = planOf(root, ["--host", "0.0.0.0", "--admin-host", "::"]);
  assert.deepEqual(workers[0]?.args.slice(1), [
    "--config",
    "small.yaml",
    "--host",
    "127.0.0.1",
    "--port",
    "8101",
  ]);
  assert.equal(workers[0]?.readyUrl, "http://127.0.0.1:8101/readyz");
  assert.deepEqual(
    proxy.args.slice(1).join(" "),
    "--config experiment.yaml --host 0.0.0.0 --port 8080 --admin-host :: --admin-port 8081",
  );
  assert.equal(proxy.url, "http://127.0.0.1:8080");
  assert.equal(proxy.readyUrl, "http://[::1]:8081/-/ready");
});

test("worker ports that the configuration does not follow are refused, with what to write", (t) => {
  const root = createFiles(t, { "experiment.yaml": "upstreams: [http://127.0.0.1:81010]", "small.yaml": "" });
  assert.throws(() => planOf(root, ["--worker-ports", "8101"]), {
    code: "bad_file",
    message:
      /does not follow --worker-ports: write \$\{BLINDSPLIT_WORKER_SMALL:-http:\/\/127\.0\.0\.1:8101\}/,
  });
  writeFileSync(join(root, "experiment.yaml"), "upstreams: [http://127.0.0.1:9101]");
  planOf(root, ["--worker-ports", "9101"]);
  writeFileSync(join(root, "experiment.yaml"), variables("BLINDSPLIT_WORKER_SMALL"));
  const { proxy } = planOf(root, ["--worker-ports", "9101"]);
  assert.equal(proxy.environment.BLINDSPLIT_WORKER_SMALL, "http://127.0.0.1:9101");
});

test("file names are relative to the working directory that is given", (t) => {
  const root = createFiles(t, { "experiment.yaml": "", "small.yaml": "" });
  const request = parseOptions(["--config", "experiment.yaml", "--worker", "small.yaml"], {});
  assert.ok("run" in request);
  const { configFile } = createPlan({ root: "/elsewhere", workingDirectory: root }, request.run, {});
  assert.equal(configFile, join(root, "experiment.yaml"));
});

test("two workers of one name, and one named like the gateway, are refused", (t) => {
  const root = createFiles(t, { "experiment.yaml": "", "small.yaml": "", "small.yml": "", "proxy.yaml": "" });
  assert.throws(
    () => planOf(root, ["--worker", join(root, "small.yml")]),
    /both|two workers' .* called small/,
  );
  assert.throws(() => planOf(root, ["--worker", join(root, "proxy.yaml")]), /called proxy\.yaml/);
});

test("a folder in a file's place is named", (t) => {
  const root = createFiles(t, { "experiment.yaml": "", "small.yaml": "" });
  assert.throws(() => planOf(root, ["--worker", root]), {
    code: "bad_file",
    message: /is a directory: .*--worker/,
  });
});

test("variables that nobody reads are told", (t) => {
  const root = createFiles(t, { "experiment.yaml": variables("BLINDSPLIT_SALT"), "small.yaml": "" });
  const environment = { BLINDSPLIT_SALT: "s", BLINDSPLIT_PORT: "1", BLINDSPLIT_MODEL: "m", OTHER: "o" };
  const { unreadVariables, workers } = planOf(root, [], environment);
  assert.deepEqual(unreadVariables, ["BLINDSPLIT_MODEL"]);
  assert.deepEqual(workers[0]?.environment, {
    MALLOC_ARENA_MAX: "1",
    OTHER: "o",
    ORT_DISABLE_TELEMETRY: "1",
  });
});

test("listen addresses in the configuration are noticed, because flags override them here", (t) => {
  const root = createFiles(t, { "experiment.yaml": "", "small.yaml": "" });
  const noticed = (text: string) => {
    writeFileSync(join(root, "experiment.yaml"), text);
    return planOf(root, []).overridesFile;
  };
  assert.ok(noticed("listen: { port: 80 }\n"));
  assert.ok(noticed("experiment: {}\nadmin:\n  # where\n  hosts: [a]\n  host: 0.0.0.0\n"));
  assert.ok(!noticed("admin: { hosts: [a] }\nvariants:\n  - host: a\n"));
  assert.ok(!noticed("admin:\n  hosts: [a]\nidentity:\n  port: 1\n"));
});
