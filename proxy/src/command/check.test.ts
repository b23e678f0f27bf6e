import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createTerminal, writeFiles } from "../../../test/support/terminal.ts";
import { runCommand } from "./run.ts";

const experiment = (one: number, other: number, more = "", settings = "") =>
  [
    `experiment: { name: ranking${settings} }`,
    "variants:",
    `  - { name: current, weight: ${one}, upstreams: ["http://127.0.0.1:9001"] }`,
    `  - { name: next, weight: ${other}, upstreams: ["http://127.0.0.1:9002/v2"] }`,
    more,
    "",
  ].join("\n");

/** Runs `check` on files with these texts, `old.yaml` first. */
async function check(t: TestContext, texts: readonly string[], flags: readonly string[] = [], env = {}) {
  const names = ["old.yaml", "new.yaml"].slice(0, texts.length);
  const path = await writeFiles(
    t,
    Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ""])),
  );
  const { terminal, said } = createTerminal(env, Date.UTC(2027, 0, 1));
  const code = await runCommand("check", [...flags, ...names.map(path)], terminal);
  return { code, ...said };
}

test("a valid file is summed up: buckets, where ids come from, listeners", async (t) => {
  const { code, out, err } = await check(t, [experiment(90, 10, "", ', salt: "${SALT}"')], [], {
    SALT: "s3s3s3s3s3s3s3s3",
  });
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /old\.yaml is valid \(hash [0-9a-f]{12}\)/);
  assert.match(out, /ranking, phase 1, with a salt/);
  assert.match(out, /current {3}90 % {2}buckets 0-89 {3}http:\/\/127\.0\.0\.1:9001 {2}\(control\)/);
  assert.match(out, /next {6}10 % {2}buckets 90-99 {2}http:\/\/127\.0\.0\.1:9002\/v2/);
  assert.match(out, /header x-user-id, else cookie model_session \(unsigned, 30d\), else a new session/);
  assert.match(out, /http:\/\/127\.0\.0\.1:8080 for traffic, http:\/\/127\.0\.0\.1:8081 for the operator/);
  assert.ok(!out.includes("s3") && !out.includes("experiment.salt"));
});

test("a file with mistakes fails with every one of them, as the gateway says them", async (t) => {
  const text = `${experiment(90, 20)}identity: { haeder: x-user-id }\n`;
  const { code, out, err } = await check(t, [text]);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /old\.yaml:3:3 variants: weights 90 \+ 20 sum to 110/);
  assert.match(err, /identity\.haeder: is no known key: did you mean header\?/);
  const { code: sameCode, out: json } = await check(t, [text], ["--json"]);
  assert.equal(sameCode, 1);
  const { valid, problems } = JSON.parse(json) as { valid: boolean; problems: { path: string }[] };
  assert.deepEqual([valid, problems.map(({ path }) => path)], [false, ["variants", "identity.haeder"]]);
});

test("of two files both are checked", async (t) => {
  const { code, err } = await check(t, [experiment(1, 1), experiment(2, 2)]);
  assert.equal(code, 1);
  assert.match(err, /old\.yaml:3:3 variants: weights 1 \+ 1.*new\.yaml:3:3 variants: weights 2 \+ 2/s);
});

test("between two files it says who moves", async (t) => {
  const { code, out } = await check(t, [experiment(50, 50), experiment(60, 40)]);
  assert.equal(code, 0);
  assert.match(out, /^buckets 50-59, 10 % of users, move from next to current$/m);
  assert.match(
    (await check(t, [experiment(50, 50), experiment(51, 49)])).out,
    /^bucket 50, 1 % of users, moves /m,
  );
  assert.match((await check(t, [experiment(50, 50), experiment(50, 50)])).out, /^Nobody moves\.$/m);
});

test("a new salt is told apart from a move, with how many of a sample change", async (t) => {
  const { out } = await check(t, [experiment(50, 50), experiment(50, 50, "", ", salt: other")]);
  assert.match(
    out,
    /The salt changes: every user is assigned anew\.\nOf 100,000 sampled ids (49|50),\d{3} \(\d\d\.\d %\)/,
  );
  const same = await check(t, [experiment(100, 0), experiment(100, 0, "", ", salt: other")], ["--json"]);
  const { reassignment, moves } = JSON.parse(same.out) as Record<string, unknown>;
  assert.deepEqual([reassignment, moves], [{ sampled: 100_000, moved: 0 }, []]);
});

test("it says when a new phase is needed, and what else answers", async (t) => {
  const after = experiment(50, 50, "analysis: { margin: 0.03 }").replace("9002/v2", "9002/v3");
  const { code, out } = await check(t, [experiment(50, 50), after]);
  assert.equal(code, 0);
  assert.match(
    out,
    /variants\[1\]\.upstreams: http:\/\/127\.0\.0\.1:9002\/v3 answers for next, instead of .*v2$/m,
  );
  assert.match(
    out,
    /^A new phase is needed \(experiment\.phase: 2\).*:\n {2}variants\[1\]\.upstreams: other services.*\n {2}analysis\.margin:/m,
  );
  const json = JSON.parse((await check(t, [experiment(50, 50), after], ["--json"])).out) as {
    new_phase: { needed: { path: string }[]; perhaps: unknown[] };
  };
  assert.deepEqual(
    [json.new_phase.needed.map(({ path }) => path), json.new_phase.perhaps],
    [["variants[1].upstreams", "analysis.margin", "analysis.tau"], []],
  );
  const begun = await check(t, [experiment(50, 50), after.replace("ranking", "ranking, phase: 2")]);
  assert.doesNotMatch(begun.out, /new phase is needed/);
});

test("what a running gateway refuses is named", async (t) => {
  const { code, out } = await check(t, [experiment(50, 50), experiment(50, 50, "listen: { port: 9090 }")]);
  assert.equal(code, 0);
  assert.match(out, /refuses this: restart it:\n {2}listen\.port: cannot change from 8080 to 9090/);
});

test("programs get the same as JSON", async (t) => {
  const { out, err } = await check(t, [experiment(50, 50), experiment(40, 60)], ["--json"]);
  const report = JSON.parse(out) as Record<string, unknown> & { new: { variants: unknown[] } };
  assert.equal(err, "");
  assert.deepEqual(report.moves, [{ from: "current", to: "next", first_bucket: 40, last_bucket: 49 }]);
  assert.deepEqual(report.new.variants[1], {
    name: "next",
    weight: 60,
    control: false,
    upstreams: ["http://127.0.0.1:9002/v2"],
    first_bucket: 40,
    last_bucket: 99,
  });
});

test("a wrong call is told from a wrong file by its exit code", async () => {
  for (const [argv, expected] of [
    [[], /takes one file, or an old and a new one, and got 0/],
    [["a", "b", "c"], /got 3/],
    [["--jsno", "a"], /Unknown option '--jsno'/],
  ] as const) {
    const { terminal, said } = createTerminal();
    assert.equal(await runCommand("check", argv, terminal), 2);
    assert.match(said.err, expected);
    assert.match(said.err, /--help says how it is called/);
  }
  const { terminal, said } = createTerminal();
  assert.equal(await runCommand("check", ["/nowhere/experiment.yaml"], terminal), 1);
  assert.match(said.err, /experiment\.yaml does not exist/);
});

test("--help says how it is called, whatever else was said", async () => {
  const { terminal, said } = createTerminal();
  assert.equal(await runCommand("check", ["a", "b", "c", "--help"], terminal), 0);
  assert.match(said.out, /check \[--json\] OLD NEW/);
});
