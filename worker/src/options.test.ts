import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WorkerError } from "./errors.ts";
import { readCommand, type WorkerOptions } from "./options.ts";
import { parseDuration, SETTING_KEYS } from "./settings.ts";

const directory = mkdtempSync(join(tmpdir(), "blindsplit-options-"));
after(() => rmSync(directory, { recursive: true }));

function read(argv: string[], environment: Record<string, string> = {}): WorkerOptions {
  const command = readCommand(argv, { environment, workingDirectory: directory });
  assert.equal(command.kind, "serve");
  return command.options;
}

function problems(argv: string[], environment: Record<string, string> = {}): string[] {
  try {
    read(argv, environment);
  } catch (error) {
    assert.ok(error instanceof WorkerError && error.code === "option_invalid");
    return error.message.split("\n");
  }
  return assert.fail("no problem was reported");
}

function file(text: string): string {
  writeFileSync(join(directory, "w.yaml"), text);
  return "w.yaml";
}

const MINIMAL = ["--name", "a", "--model", "models/a"];

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

test("all problems of all sources are reported at once, each with its place", () => {
  const config = file("name: a b\nmodel: m\nport: 70000\nthreds: 2\nmax_queue: many\n");
  const found = problems(["--config", config, "--max-texts", "0"], { BLINDSPLIT_DTYPE: "q3" });
  const expected = [/^--max-texts: 0 is too small; /, /^BLINDSPLIT_DTYPE: "q3" is not possible here; /];
  expected.push(
    /^w\.yaml:1: name: "a b" is no valid name: /,
    /^w\.yaml:3: port: 70000 is too large; .*65535$/,
  );
  expected.push(/^w\.yaml:4: threds: unknown key; /, /^w\.yaml:5: max_queue: "many" is no whole number; /);
  for (const pattern of expected)
    assert.ok(
      found.some((line) => pattern.test(line)),
      `${pattern} in\n${found}`,
    );
  assert.equal(found.length, expected.length);
});

const FLAWS: readonly (readonly [string, string[], RegExp])[] = [
  ["a missing name", ["--model", "m"], /^name is not set; give --name, BLINDSPLIT_NAME or a file/],
  ["a missing model", ["--name", "a"], /^model is not set/],
  ["an unknown flag", [...MINIMAL, "--prot", "1"], /--prot.*--help lists the options/],
  ["a word too many", [...MINIMAL, "extra"], /extra/],
  ["a flag without its value", ["--name"], /--name/],
  [
    "a port above 65535",
    [...MINIMAL, "--port", "65536"],
    /^--port: 65536 is too large; write a whole number from 0 to 65535$/,
  ],
  [
    "a negative port",
    [...MINIMAL, "--port=-1"],
    /^--port: "-1" is no whole number; write a whole number from 0 to 65535$/,
  ],
  [
    "a fraction",
    [...MINIMAL, "--threads", "1.5"],
    /^--threads: "1.5" is no whole number; write a whole number from 1 to 256$/,
  ],
  [
    "no thread",
    [...MINIMAL, "--threads", "0"],
    /^--threads: 0 is too small; write a whole number from 1 to 256$/,
  ],
  ["an empty queue", [...MINIMAL, "--max-queue", "0"], /^--max-queue: /],
  ["no characters", [...MINIMAL, "--max-input-chars", "0"], /^--max-input-chars: /],
  ["a tiny body", [...MINIMAL, "--max-body-bytes", "10"], /^--max-body-bytes: .*1024/],
  ["an empty host", [...MINIMAL, "--host", ""], /^--host: is empty; give it a value$/],
  [
    "an unknown log level",
    [...MINIMAL, "--log-level", "loud"],
    /^--log-level: "loud" .* write one of trace, /,
  ],
  [
    "labels without =",
    [...MINIMAL, "--labels", "foo"],
    /^--labels: "foo" is no mapping; write LABEL_0=negative,LABEL_1=positive$/,
  ],
  ["an empty label", [...MINIMAL, "--labels", "LABEL_0="], /^--labels\.LABEL_0: is empty; give it a value$/],
  [
    "a duration without its unit",
    [...MINIMAL, "--request-timeout", "30"],
    /^--request-timeout: "30" is no duration from 1ms to 600000ms; write one such as 50ms, 1.5s or 2m$/,
  ],
  [
    "a deadline of nothing",
    [...MINIMAL, "--request-timeout", "0ms"],
    /^--request-timeout: "0ms" is no duration/,
  ],
  [
    "a delay above a second",
    [...MINIMAL, "--max-batch-delay", "1.1s"],
    /^--max-batch-delay: "1.1s" is no duration from 0ms to 1000ms; /,
  ],
  [
    "a yes in other words",
    [...MINIMAL, "--detail", "yes"],
    /^--detail: "yes" is no truth value; write true or false$/,
  ],
  [
    "a provider's name that cannot be one",
    [...MINIMAL, "--provider", "CUDA!"],
    /^--provider: "CUDA!" is no provider's name; write cpu, cuda or the like$/,
  ],
  [
    "an unknown task",
    [...MINIMAL, "--task", "ranking"],
    /^--task: "ranking" is not possible here; write one of text-classification, text-regression$/,
  ],
  ["an unknown input", [...MINIMAL, "--input", "floats"], /^--input: .* write one of tokens, text$/],
  [
    "an unknown rule",
    [...MINIMAL, "--overlong", "cut"],
    /^--overlong: .* write one of truncate, reject, window$/,
  ],
  ["no text a batch", [...MINIMAL, "--max-batch-size", "0"], /^--max-batch-size: 0 is too small; /],
  ["no token a batch", [...MINIMAL, "--max-batch-tokens", "0"], /^--max-batch-tokens: 0 is too small; /],
  ["no waiting token", [...MINIMAL, "--max-queue-tokens", "0"], /^--max-queue-tokens: 0 is too small; /],
  [
    "a fraction of an answer",
    [...MINIMAL, "--answer-cache", "0.5"],
    /^--answer-cache: "0.5" is no whole number; /,
  ],
  [
    "a file that is not there",
    ["--config", "none.yaml"],
    /cannot read the configuration file none\.yaml \(ENOENT\)/,
  ],
];
for (const [flaw, argv, pattern] of FLAWS) {
  test(`${flaw} is refused`, () => {
    const found = problems(argv);
    assert.ok(
      found.some((line) => pattern.test(line)),
      found.join("\n"),
    );
  });
}

const FILE_FLAWS: readonly (readonly [string, string, string])[] = [
  ["a number for a text", "host: 1", "w.yaml:3: host: 1 is no text; write one in quotes"],
  ["a key without value", "port:", "w.yaml:3: port: is empty; write a whole number from 0 to 65535"],
  [
    "a fraction in a file",
    "threads: 0.5",
    "w.yaml:3: threads: 0.5 is no whole number; write a whole number from 1 to 256",
  ],
  [
    "a huge number",
    "port: 1e300",
    "w.yaml:3: port: 1e+300 is too large; write a whole number from 0 to 65535",
  ],
  [
    "a list for a number",
    "port: [1]",
    "w.yaml:3: port: a list is no whole number; write a whole number from 0 to 65535",
  ],
  [
    "a text for the labels",
    "labels: foo",
    'w.yaml:3: labels: "foo" is no mapping; write { LABEL_0: negative, LABEL_1: positive }',
  ],
  ["a number for a label", "labels: { A: 1 }", "w.yaml:3: labels.A: 1 is no text; write one in quotes"],
  [
    "a number for a duration",
    "request_timeout: 30",
    "w.yaml:3: request_timeout: 30 is no text; write one in quotes",
  ],
  [
    "a word for a yes or no",
    "offline: maybe",
    'w.yaml:3: offline: "maybe" is no truth value; write true or false',
  ],
  ["a misspelt key", "lables: { A: b }", "w.yaml:3: lables: unknown key; did you mean labels?"],
  ["a flag's spelling", "max-queue: 5", "w.yaml:3: max-queue: unknown key; did you mean max_queue?"],
  [
    "a key that resembles none",
    "colour: red",
    `w.yaml:3: colour: unknown key; known: ${SETTING_KEYS.join(", ")}`,
  ],
];
for (const [flaw, line, message] of FILE_FLAWS) {
  test(`${flaw} is refused in our own words`, () => {
    assert.deepEqual(problems(["--config", file(`name: a\nmodel: m\n${line}\n`)]), [message]);
  });
}

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

test("the bundled configurations are valid, and equal but for name, model and port", () => {
  const [a, b] = ["distilbert", "roberta"].map((name) =>
    read(["--config", fileURLToPath(new URL(`../../config/workers/${name}.yaml`, import.meta.url))]),
  );
  assert.ok(a && b);
  assert.deepEqual([a.name, a.port, b.name, b.port], ["distilbert", 8101, "roberta", 8102]);
  assert.deepEqual({ ...a, name: b.name, model: b.model, port: b.port }, b);
});

test("a switch needs no value as a flag, and takes one", () => {
  const offline = (...flags: string[]) => read([...MINIMAL, ...flags]).isOffline;
  assert.deepEqual(
    [offline(), offline("--offline"), offline("--offline", "--port", "1"), offline("--offline", "false")],
    [false, true, true, false],
  );
});
