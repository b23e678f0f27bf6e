// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax under test
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfigFile } from "./config-file.ts";

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfigFile(text, "w.yaml", environment);

test("values keep the types YAML gives them", () => {
  const file = parse("name: a\nport: 8101\nlabels: { LABEL_0: negative }\n");
  assert.deepEqual(file.problems, []);
  assert.deepEqual(file.values, { name: "a", port: 8101, labels: { LABEL_0: "negative" } });
});

test("a variable in a plain value may become a number, in a quoted one it stays text", () => {
  const file = parse('port: ${PORT:-8101}\nname: "${NAME}"\nhost: ${HOST:-::1}\n', { NAME: "7", PORT: "9" });
  assert.deepEqual(file.problems, []);
  assert.deepEqual(file.values, { port: 9, name: "7", host: "::1" });
});

test("the fallback of a variable also replaces an empty value", () => {
  assert.deepEqual(parse("port: ${PORT:-1}", { PORT: "" }).values, { port: 1 });
});

test("every unset variable is named with its line and the remedy", () => {
  assert.deepEqual(parse("name: ${A}\nport: ${B}").problems, [
    "w.yaml:1: ${A} is not set; set it or write ${A:-default}",
    "w.yaml:2: ${B} is not set; set it or write ${B:-default}",
  ]);
});

test("a key that occurs twice is refused with its line", () => {
  assert.match(parse("name: a\nport: 1\nname: b").problems.join(), /^w\.yaml:3: .*unique/);
});

test("a syntax error is reported with its line", () => {
  assert.match(parse("name: a\nlabels: {").problems.join(), /^w\.yaml:2: /);
});

test("what follows a syntax error is not reported", () => {
  assert.equal(parse("name: [a\nmodel: m\n  port: {\n").problems.length, 1);
});

test("a file that is no mapping is refused", () => {
  assert.deepEqual(parse("- a").problems, ["w.yaml:1: must be a mapping of keys to values"]);
});

test("an empty file has no values and no problems", () => {
  const file = parse("# nothing\n");
  assert.deepEqual([file.values, file.problems], [{}, []]);
});

test("a place is the line of the deepest key that exists", () => {
  const file = parse("name: a\nlabels:\n  LABEL_0: x\n");
  assert.equal(file.locate(["labels", "LABEL_0"]), "w.yaml:3: labels.LABEL_0");
  assert.equal(file.locate(["labels", "other"]), "w.yaml:2: labels.other");
  assert.equal(file.locate(["port"]), "w.yaml: port");
});

test("a bomb of aliases is refused instead of expanded", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let n = 1; n < 12; n += 1) lines.push(`a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]`);
  assert.match(parse(lines.join("\n")).problems.join(), /alias/i);
});
