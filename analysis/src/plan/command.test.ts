import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../proxy/src/command/arguments.ts";
import { createTerminal } from "../../../test/support/terminal.ts";
import { plan } from "./command.ts";

interface Told {
  readonly tau: number;
  readonly design_effect: number;
  readonly plans: readonly {
    readonly kind: string;
    readonly looks: number | null;
    readonly inflation: number;
    readonly users: readonly number[];
    readonly total_users: number;
    readonly days: number | null;
    readonly median_days: number | null;
  }[];
}

function ask(line: string) {
  const { terminal, said } = createTerminal();
  const code = plan(line.split(" "), terminal);
  return { code, ...said };
}

function tell(line: string): Told {
  const { code, out, err } = ask(`${line} --json`);
  assert.deepEqual([code, err], [0, ""]);
  return JSON.parse(out) as Told;
}

const QUESTION = "--baseline 0.1 --mde 0.02";

test("one look needs what the pooled formula says, planned looks a little more, any look most", () => {
  const [fixed, planned, sequential] = tell(QUESTION).plans;
  // statsmodels: 3,840.85 of each variant. Jennison & Turnbull 1999, table 2.4: 1.028 times that at five O'Brien-Fleming looks.
  assert.deepEqual(fixed?.users, [3841, 3841]);
  assert.equal(planned?.looks, 5);
  assert.deepEqual(planned?.users, [3950, 3950]);
  assert.ok(sequential !== undefined && sequential.inflation > 1.6 && sequential.inflation < 1.8);
  assert.deepEqual(
    [fixed?.days, planned?.days, sequential.days],
    [null, null, null],
    "without users per day there are no days",
  );
});

test("days are those until all users have come, and half of the sequential tests end sooner than the one look", () => {
  const { plans } = tell(`${QUESTION} --users-per-day 100 --looks 2`);
  const [fixed, planned, sequential] = plans;
  assert.equal(fixed?.days, 77);
  assert.equal(planned?.looks, 2);
  assert.equal(sequential?.days, Math.ceil((2 * 3840.8475 * (sequential?.inflation ?? 0)) / 100));
  assert.ok((sequential?.median_days ?? Infinity) <= 77);
});

test("requests that resemble each other ask for more users than independent ones", () => {
  const once = tell(QUESTION).plans[0]?.total_users ?? 0;
  const alike = tell(`${QUESTION} --requests-per-user 4 --icc 1`);
  assert.equal(alike.design_effect, 4);
  assert.equal(alike.plans[0]?.total_users, once);
  const different = tell(`${QUESTION} --requests-per-user 4 --icc 0`);
  assert.equal(different.plans[0]?.total_users, 2 * Math.ceil(3840.8475 / 4));
  const measured = tell(`${QUESTION} --design-effect 1.5`);
  assert.equal(measured.plans[0]?.total_users, 2 * Math.ceil(3840.8475 * 1.5));
});

test("uneven weights ask for more users together, and treatments share alpha", () => {
  const even = tell(QUESTION).plans[0];
  const uneven = tell(`${QUESTION} --weights 90/10`).plans[0];
  assert.ok((uneven?.total_users ?? 0) > 2 * (even?.total_users ?? 0));
  const [control = 0, treatment = 0] = uneven?.users ?? [];
  assert.ok(Math.abs(control / treatment - 9) < 0.01);
  const three = tell(`${QUESTION} --weights 1/1/1`).plans[0];
  assert.equal(three?.users.length, 3);
  assert.ok((three?.users[0] ?? 0) > (even?.users[0] ?? 0));
});

test("looks sequential leaves the planned looks out", () => {
  assert.deepEqual(
    tell(`${QUESTION} --looks sequential`).plans.map(({ kind }) => kind),
    ["fixed", "sequential"],
  );
});

test("a fall is planned as well as a rise", () => {
  assert.equal(tell("--baseline 0.12 --mde -0.02").plans[0]?.users[0], 3841);
  assert.equal(tell("--baseline 0.12 --mde=-0.02").tau, 0.02);
});

test("people read a table with a line for each way of looking, and what it rests on", () => {
  const { code, out } = ask(
    "--baseline 0.12 --mde 0.01 --users-per-day 50000 --requests-per-user 3 --icc 0.4 --weights 8/1/1",
  );
  assert.equal(code, 0);
  assert.match(
    out,
    /^To find 13 % beside 12 % with a chance of 80 %, at a chance of 5 % for a wrong verdict:\n/,
  );
  assert.match(
    out,
    /control \(80 %\) {2}treatment 1 \(10 %\) {2}treatment 2 \(10 %\) {2}users together {2}days {2}half end by day\n/,
  );
  assert.match(out, /\none look, at the end +55,443 +6,931 +6,931 +69,305 +2 +2\n/);
  assert.match(out, /\n5 planned looks /);
  assert.match(out, /\nany look \(sequential, tau 0\.01\) /);
  assert.match(out, /3 of each user, a design effect of 1\.8; 207,915 requests/);
  assert.match(out, /share the chance of a wrong verdict/);
  assert.match(out, /whole weeks/);
  assert.match(
    ask("--baseline 0.12 --mde 0.01 --looks 1").out,
    /\n1 planned look {2}[\s\S]*With --users-per-day it says days/,
  );
});

test("help says how it is called", () => {
  const { code, out } = ask("--help");
  assert.equal(code, 0);
  assert.match(out, /Usage: blindsplit plan --baseline SHARE --mde DIFFERENCE/);
});

for (const [line, expected] of [
  ["--mde 0.01", /--baseline and --mde are needed, such as --baseline 0\.12 --mde 0\.01/],
  ["--baseline 12% --mde 0.01", /--baseline 12%: give a number from 0 to 1, such as 0\.12 for 12%/],
  ["--baseline 0 --mde 0.01", /--baseline 0 leaves nothing to chance/],
  ["--baseline 0.1 --mde 0", /--mde 0 can never be found/],
  ["--baseline 0.1 --mde 0.95", /leads from 0\.1 to 1\.05, which is no share between 0 and 1/],
  [`${QUESTION} --power 0.2`, /--power 0\.2: give a number from 0\.5 to 0\.999/],
  [`${QUESTION} --power 0.5 --alpha 0.5`, /--power 0\.5 is no more than chance gives at --alpha 0\.5/],
  [`${QUESTION} --alpha much`, /--alpha much: give a number from 0\.0001 to 0\.5/],
  [`${QUESTION} --users-per-day 0`, /--users-per-day 0: give a number from 1/],
  [`${QUESTION} --weights 100`, /--weights 100: give 2 to 10 numbers above 0 with \/ between them/],
  [`${QUESTION} --weights 50/`, /--weights 50\/: give 2 to 10/],
  [`${QUESTION} --weights 100/0`, /--weights 100\/0: give 2 to 10/],
  [`${QUESTION} --looks often`, /--looks often: give "sequential" or a whole number from 1 to 20/],
  [`${QUESTION} --looks 21`, /--looks 21: give "sequential"/],
  [`${QUESTION} --tau 1`, /--tau 1: give a number from 0\.001 to 0\.4/],
  [`${QUESTION} --icc 0.5`, /--icc is of several requests of one user: give --requests-per-user too/],
  [`${QUESTION} --requests-per-user 3 --icc 0.5 --design-effect 2`, /say the same: give one of them/],
  [`${QUESTION} --horizon 3`, /Unknown option '--horizon'/],
  [`${QUESTION} more`, /Unexpected argument 'more'/],
] as const)
  test(`"${line}" is refused with what it should be`, () => {
    assert.throws(
      () => ask(line),
      (error) => error instanceof UsageError && expected.test(error.message),
    );
  });
