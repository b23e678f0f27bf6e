import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../proxy/src/command/arguments.ts";
import { parseOptions } from "./options.ts";

const parse = (...argv: string[]) => parseOptions(argv, {});

test("without flags it is a masked report on the terminal", () => {
  assert.deepEqual(parse(), {
    ...{ configFile: "config/experiment.yaml", place: { kind: "any" }, at: undefined, format: "terminal" },
    ...{ out: undefined, reason: undefined, mlflow: undefined, alertmanager: undefined },
    daily: undefined,
    isDecisionRequired: false,
  });
  assert.equal(parseOptions(["--help"], {}), undefined);
});

test("the environment names the configuration and Alertmanager, and an empty variable is none", () => {
  const env = { BLINDSPLIT_CONFIG: "other.yaml", BLINDSPLIT_ALERTMANAGER: "http://alertmanager:9093/" };
  const options = parseOptions(["--send"], env);
  assert.equal(options?.configFile, "other.yaml");
  assert.equal(options?.alertmanager, "http://alertmanager:9093");
  const unset = parseOptions(["--send"], { BLINDSPLIT_CONFIG: "", BLINDSPLIT_ALERTMANAGER: "" });
  assert.equal(unset?.configFile, "config/experiment.yaml");
  assert.equal(unset?.alertmanager, "http://127.0.0.1:9093");
});

test("a report that is sent every day has a time of day", () => {
  const sixThirty = (6 * 60 + 30) * 60_000;
  assert.deepEqual(parse("--send", "--daily", "06:30")?.daily, { timeOfDayMs: sixThirty, isNow: false });
  assert.equal(parse("--send", "--daily", "06:30", "--now")?.daily?.isNow, true);
});

test("the format is as the file ends, unless it is said", () => {
  for (const [out, format] of [
    ["report.md", "markdown"],
    ["Report.HTML", "html"],
    ["report.json", "json"],
    ["report.txt", "terminal"],
  ] as const)
    assert.equal(parse("--out", out)?.format, format);
  assert.equal(parse("--out", "report.md", "--format", "json")?.format, "json");
});

test("a reason is cut of blanks and belongs to --unblind", () => {
  assert.equal(parse("--unblind", "--reason", "  the launch is decided ")?.reason, "the launch is decided");
});

for (const [argv, message] of [
  [["--unblind"], /--unblind needs --reason TEXT: write why/],
  [
    ["--unblind", "--reason", "  short   "],
    /--reason has 5 characters: write why .* in 10 to 1000 characters/,
  ],
  [["--unblind", "--reason", "x".repeat(1_001)], /--reason has 1001 characters/],
  [["--reason", "the launch is decided"], /--reason is for --unblind, which is missing/],
  [["--unblind", "--reason", "the launch is decided", "--send"], /--send goes to people who must not know/],
  [["--judge", "http://a:1", "--state", "b"], /--judge and --state are different places to read from/],
  [["--judge", "a:1"], /--judge "a:1" is no http:\/\/ or https:\/\/ URL/],
  [["--mlflow", "file:///runs"], /--mlflow "file:\/\/\/runs" is no http/],
  [["--at", "2027-01-31x"], /write a moment such as 2027-01-31T12:00Z, or a day/],
  [["--at", "yesterday"], /--at is "yesterday": write a moment such as 2027-01-31T12:00Z/],
  [["--at", "2027-01-31T12:00Z", "--state", "a"], /--at is of the past, which --state does not remember/],
  [["--at", "2027-01-31T12:00Z", "--judge", "http://a:1"], /which --judge does not remember/],
  [["--format", "htmll"], /--format is "htmll": did you mean html\?/],
  [["--format", "pdf-a"], /--format is "pdf-a": there is terminal, markdown, html, json/],
  [["--alertmanager", "http://a:1"], /--send is missing/],
  [["--daily", "06:00"], /--daily says when to send, but --send is missing/],
  [["--send", "--daily", "6 am"], /--daily is "6 am": write a time of day \(UTC\) such as 06:00/],
  [["--send", "--now"], /--now is for --daily, which is missing/],
  [["--send", "--daily", "06:00", "--at", "2027-01-31T12:00Z"], /--at is one moment, --daily every day/],
  [["--out", ""], /--out is empty: give it a value, or leave it out/],
  [["--frobnicate"], /Unknown option '--frobnicate'/],
] as const)
  test(`${argv.join(" ").slice(0, 60)} is refused with its remedy`, () => {
    assert.throws(
      () => parse(...argv),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      },
    );
  });

test("a day is its beginning, UTC", () => {
  const at = (text: string) => parseOptions(["--at", text], {})?.at;
  assert.equal(at("2027-01-31"), at("2027-01-31T00:00Z"));
});
