import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseCommand } from "./choose.ts";

test("what is not of the analysis is the gateway's to read", () => {
  for (const argv of [
    [],
    ["--help"],
    ["serve"],
    ["check", "a"],
    ["force-token"],
    ["help", "check"],
    ["chek"],
    ["help"],
  ])
    assert.deepEqual(chooseCommand(argv), { kind: "gateway" }, argv.join(" "));
});

test("a command of the analysis takes what stands behind it", () => {
  assert.deepEqual(chooseCommand(["judge", "--once"]), { kind: "judge", argv: ["--once"] });
  assert.deepEqual(chooseCommand(["report"]), { kind: "report", argv: [] });
  assert.deepEqual(chooseCommand(["plan", "--mde", "0.01"]), { kind: "plan", argv: ["--mde", "0.01"] });
  assert.deepEqual(chooseCommand(["outcomes", "send", "a.csv"]), { kind: "outcomes send", argv: ["a.csv"] });
});

test("help is asked of the command itself", () => {
  assert.deepEqual(chooseCommand(["help", "judge"]), { kind: "judge", argv: ["--help"] });
  for (const argv of [
    ["outcomes", "--help"],
    ["outcomes", "-h"],
    ["help", "outcomes"],
  ])
    assert.deepEqual(chooseCommand(argv), { kind: "outcomes send", argv: ["--help"] });
});

test("outcomes has one command, and says so", () => {
  for (const [argv, expected] of [
    [["outcomes"], /^outcomes is no command: there is outcomes send FILE$/],
    [["outcomes", "a.csv"], /^outcomes "a\.csv" is no command: there is outcomes send FILE$/],
  ] as const) {
    const choice = chooseCommand(argv);
    assert.ok(choice.kind === "error");
    assert.match(choice.message, expected);
  }
});
