import assert from "node:assert/strict";
import { test } from "node:test";
import { SETTING_KEYS } from "./settings.ts";
import { MINIMAL, optionsReader } from "./testing/read-options.ts";

const { problems, file } = optionsReader();

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
    "a latency budget between two bounds",
    [...MINIMAL, "--latency-budget", "45ms"],
    /^--latency-budget: "45ms" is no bound of sentiment_inference_seconds; write 40ms or 50ms$/,
  ],
  [
    "a latency budget above all bounds",
    [...MINIMAL, "--latency-budget", "6s"],
    /^--latency-budget: "6s" is no bound of sentiment_inference_seconds; write 5000ms$/,
  ],
  [
    "a latency budget without its unit",
    [...MINIMAL, "--latency-budget", "50"],
    /^--latency-budget: "50" is no duration; write 40ms or 50ms$/,
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
