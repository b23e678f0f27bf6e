import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseCommand } from "./choose.ts";

test("without a command the gateway is started, with all its flags", () => {
  for (const argv of [[], ["--config", "check"], ["-h"], ["--port=0"]])
    assert.deepEqual(chooseCommand(argv), { kind: "serve", argv });
  assert.deepEqual(chooseCommand(["serve", "--port", "0"]), { kind: "serve", argv: ["--port", "0"] });
});

test("a command takes what stands behind it", () => {
  assert.deepEqual(chooseCommand(["check", "a", "b"]), { kind: "check", argv: ["a", "b"] });
  assert.deepEqual(chooseCommand(["force-token"]), { kind: "force-token", argv: [] });
  assert.deepEqual(chooseCommand(["help"]), { kind: "serve", argv: ["--help"] });
  assert.deepEqual(chooseCommand(["help", "check"]), { kind: "check", argv: ["--help"] });
});

test("what is no command is refused with what was meant", () => {
  for (const [argv, expected] of [
    [["chek"], /"chek" is no command: did you mean check\?/],
    [["forcetoken"], /did you mean force-token\?/],
    [["deploy"], /there is serve, check, force-token, judge, report, plan, outcomes/],
    [["judg"], /did you mean judge\?/],
    [
      ["judge"],
      /judge is a command of the analysis, and this is the gateway alone: .*npm run blindsplit -- judge/,
    ],
    [["help", "report"], /report is a command of the analysis/],
    [["experiment.yaml"], /--config experiment\.yaml; to check it: check experiment\.yaml/],
    [["help", "nothing"], /"nothing" is no command/],
    [["help", "help"], /"help" is no command/],
    [["x".repeat(5000)], /^"x{100}" is no command/],
  ] as const) {
    const choice = chooseCommand(argv);
    assert.ok(choice.kind === "error", argv.join(" "));
    assert.match(choice.message, expected);
  }
});
