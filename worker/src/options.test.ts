import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readCommand } from "./options.ts";
import { parseDuration, SETTING_KEYS } from "./settings.ts";
import { MINIMAL, optionsReader } from "./testing/read-options.ts";

const { directory, read, problems, file } = optionsReader();

test("a flag wins over the environment, the environment over the file, the file over the default", () => {
  const config = file("name: file\nmodel: m\nport: 1\nmax_queue: 1\nmax_texts: 1\n");
  const options = read(["--config", config, "--port", "3"], {
    BLINDSPLIT_PORT: "2",
    BLINDSPLIT_MAX_QUEUE: "2",
  });
  assert.equal(options.port, 3);
  assert.equal(options.maxQueue, 2);
  assert.equal(options.maxTexts, 1);
  assert.equal(options.maxBodyBytes, 1024 * 1024);
});

test("the file can be named by the environment", () => {
  const config = file("name: fromfile\nmodel: m\n");
  assert.equal(read([], { BLINDSPLIT_CONFIG: config }).name, "fromfile");
});

test("an empty variable counts as unset, an empty flag is refused", () => {
  const empty = Object.fromEntries(
    ["config", ...SETTING_KEYS].map((key) => [`BLINDSPLIT_${key.toUpperCase()}`, ""]),
  );
  assert.deepEqual(read(MINIMAL, empty), read(MINIMAL));
  assert.match(problems([...MINIMAL, "--port", ""]).join(), /^--port: /);
});

test("a model path in the file starts at the file, one from a flag at the working directory", () => {
  const config = join(directory, "w.yaml");
  file("name: a\nmodel: ../x\n");
  assert.deepEqual(read(["--config", config]).model, { kind: "directory", path: join(directory, "..", "x") });
  const fromFlag = read(["--config", config, "--model", "y"]).model;
  assert.deepEqual(fromFlag, { kind: "directory", path: join(directory, "y") });
});

test("a model named as owner/name is one of the hub, unless there is such a directory", () => {
  const model = (...argv: string[]) => read(["--name", "a", ...argv]).model;
  const id = "Xenova/distilbert-base-uncased-finetuned-sst-2-english";
  assert.deepEqual(model("--model", id), { kind: "hub", id, revision: "main" });
  assert.deepEqual(model("--model", id, "--revision", "v1.0"), { kind: "hub", id, revision: "v1.0" });
  mkdirSync(join(directory, "own/model"), { recursive: true });
  assert.deepEqual(model("--model", "own/model"), { kind: "directory", path: join(directory, "own/model") });
  for (const path of ["./own/other", "../x", "/abs/x", "one", "a/b/c", "a/", "owner/na me"]) {
    assert.equal(model("--model", path).kind, "directory", path);
  }
});

test("the model's cache and lock start at the file that names them, else at the working directory", () => {
  mkdirSync(join(directory, "sub"), { recursive: true });
  const config = join(directory, "sub", "w.yaml");
  writeFileSync(config, "name: a\nmodel: m\nmodel_cache: cache\nmodel_lock: ../lock.json\n");
  const fromFile = read(["--config", config]);
  assert.deepEqual(
    [fromFile.modelCache, fromFile.modelLock],
    [join(directory, "sub/cache"), join(directory, "lock.json")],
  );
  const mixed = read(["--config", config, "--model-cache", "c"], { BLINDSPLIT_MODEL_LOCK: "/l" });
  assert.deepEqual([mixed.modelCache, mixed.modelLock], [join(directory, "c"), "/l"]);
  const none = read(MINIMAL);
  assert.deepEqual([none.modelCache, none.modelLock], [undefined, undefined]);
});

test("durations are read in milliseconds, seconds, minutes and hours", () => {
  assert.deepEqual(
    ["250ms", "1.5s", "2m", "0ms", "0.5ms", "1h"].map(parseDuration),
    [250, 1500, 120_000, 0, 0.5, 3_600_000],
  );
  for (const text of ["", "5", "s", "-1s", "1 s", "1S", "1e3ms", ".5s", "1d", "1s2ms"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
  const options = read([...MINIMAL, "--max-batch-delay", "2.5ms", "--request-timeout", "1.5m"]);
  assert.deepEqual([options.batch.maxDelayMs, options.requestTimeoutMs], [2.5, 90_000]);
  assert.equal(
    read(["--config", file("name: a\nmodel: m\nrequest_timeout: 10s\n")]).requestTimeoutMs,
    10_000,
  );
});

test("a latency budget is a bound of the histogram of inference times, in any unit; without one there is none", () => {
  const budget = (...argv: string[]) => read([...MINIMAL, ...argv]).latencyBudgetSeconds;
  assert.equal(budget(), undefined);
  assert.deepEqual(
    ["50ms", "0.05s", "6.3ms", "1ms", "5s"].map((text) => budget("--latency-budget", text)),
    [0.05, 0.05, 0.0063, 0.001, 5],
  );
});

test("yes and no are true and false, in every place", () => {
  const plain = read(MINIMAL);
  assert.deepEqual([plain.isOffline, plain.allowsDetail], [false, false]);
  const set = read([...MINIMAL, "--detail", "true"], { BLINDSPLIT_OFFLINE: "true" });
  assert.deepEqual([set.isOffline, set.allowsDetail], [true, true]);
  const config = file("name: a\nmodel: m\noffline: true\ndetail: true\n");
  const overridden = read(["--config", config, "--detail", "false"]);
  assert.deepEqual([overridden.isOffline, overridden.allowsDetail], [true, false]);
});

test("the engine's settings have their defaults, and are set by their keys", () => {
  const plain = read(MINIMAL);
  assert.deepEqual(plain.batch, { maxTexts: 8, maxTokens: 512, maxDelayMs: 0 });
  assert.deepEqual(
    [plain.task, plain.input, plain.provider, plain.overlong, plain.answerCache, plain.maxQueueTokens],
    ["text-classification", "tokens", "cpu", "truncate", 0, 65_536],
  );
  assert.equal(plain.requestTimeoutMs, 30_000);
  const set = read([
    ...MINIMAL,
    ...["--task", "text-regression", "--input", "text", "--provider", "cuda", "--overlong", "window"],
    ...["--answer-cache", "5", "--max-queue-tokens", "9", "--max-batch-size", "1", "--max-batch-tokens", "2"],
  ]);
  assert.deepEqual(
    [set.task, set.input, set.provider, set.overlong, set.answerCache, set.maxQueueTokens],
    ["text-regression", "text", "cuda", "window", 5, 9],
  );
  assert.deepEqual(set.batch, { maxTexts: 1, maxTokens: 2, maxDelayMs: 0 });
});

test("labels can be given as a mapping and as text", () => {
  assert.deepEqual(read([...MINIMAL, "--labels", "LABEL_0=negative, LABEL_1=positive"]).labels, {
    LABEL_0: "negative",
    LABEL_1: "positive",
  });
  const config = file("name: a\nmodel: m\nlabels:\n  LABEL_0: negative\n");
  assert.deepEqual(read(["--config", config]).labels, { LABEL_0: "negative" });
});

test("a worker's name follows the rule of a variant's, in the same words", () => {
  const refusal = (name: string) => problems(["--name", name, "--model", "m"]).join("\n");
  for (const name of ["My-Model", "my model", "_a", ""]) {
    assert.equal(
      refusal(name),
      `--name: "${name}" is no valid name: use lower-case letters, digits and _ - . (at most 63), beginning with a letter or digit`,
    );
  }
  for (const name of ["none", "other"]) {
    assert.equal(refusal(name), `--name: "${name}" is reserved for metrics: choose another name`);
  }
  assert.equal(refusal("a".repeat(64)), "--name: a text of 64 characters is too large: the most is 63");
  for (const name of ["0", "a_b-c.d", "a".repeat(63)]) {
    assert.equal(read(["--name", name, "--model", "m"]).name, name);
  }
});

test("a file that cannot be read or parsed is the only problem", () => {
  assert.deepEqual(problems(["--config", "none.yaml"]), [
    "cannot read the configuration file none.yaml (ENOENT); give a readable file with --config",
  ]);
  const found = problems(["--config", file("name: [a\nmodel: m\n  port: {\n")]);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found.join(), /^w\.yaml:\d+: /);
});

test("a misspelt key is not reported as missing too", () => {
  assert.deepEqual(problems(["--config", file("nam: a\nmodel: m\n")]), [
    "w.yaml:1: nam: unknown key; did you mean name?",
  ]);
});

test("a gateway's configuration is told from a worker's in one line", () => {
  const gateway = fileURLToPath(new URL("../../config/experiment.yaml", import.meta.url));
  assert.deepEqual(problems(["--config", gateway]), [
    `${gateway}: this is a gateway's configuration; a worker's has name and model`,
  ]);
});

test("a value that a stronger source overrides is checked all the same", () => {
  const config = file("name: a\nmodel: m\nport: x\n");
  assert.match(problems(["--config", config, "--port", "1"]).join("\n"), /^w\.yaml:3: port/);
});

test("help names every option and variables of the environment", () => {
  const command = readCommand(["--help"], { environment: {}, workingDirectory: directory });
  assert.equal(command.kind, "help");
  for (const key of SETTING_KEYS) assert.match(command.text, new RegExp(`--${key.replaceAll("_", "-")} `));
  assert.match(command.text, /BLINDSPLIT_MAX_QUEUE/);
});

test("help and version need no valid options", () => {
  const surroundings = { environment: { BLINDSPLIT_PORT: "x" }, workingDirectory: directory };
  assert.equal(readCommand(["--version"], surroundings).kind, "version");
  assert.equal(readCommand(["--help"], surroundings).kind, "help");
});

test("the bundled configurations are valid, and equal but for name, model, port and latency budget", () => {
  const [a, b] = ["distilbert", "roberta"].map((name) =>
    read(["--config", fileURLToPath(new URL(`../../config/workers/${name}.yaml`, import.meta.url))]),
  );
  assert.ok(a && b);
  assert.deepEqual([a.name, a.port, b.name, b.port], ["distilbert", 8101, "roberta", 8102]);
  assert.deepEqual([a.latencyBudgetSeconds, b.latencyBudgetSeconds], [0.05, 0.1]);
  const { name, model, port, latencyBudgetSeconds } = b;
  assert.deepEqual({ ...a, name, model, port, latencyBudgetSeconds }, b);
});

test("a switch needs no value as a flag, and takes one", () => {
  const offline = (...flags: string[]) => read([...MINIMAL, ...flags]).isOffline;
  assert.deepEqual(
    [offline(), offline("--offline"), offline("--offline", "--port", "1"), offline("--offline", "false")],
    [false, true, true, false],
  );
});
