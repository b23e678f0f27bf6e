import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { type TestContext, test } from "node:test";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import { loadConfig } from "../../../proxy/src/config/load.ts";
import { lettersOf } from "../../../proxy/src/experiment/letters.ts";
import { createTerminal, writeFiles } from "../../../test/support/terminal.ts";
import { sampleVerdict } from "../../../test/support/verdicts.ts";
import { maskVerdict } from "../verdict/mask.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { report } from "./command.ts";

const REASON = "the launch is decided on Friday";
const TOKEN = "a-token-for-operators-only";

const CONFIG = `
experiment: { name: sentiment-model, phase: 2 }
variants:
  - { name: distilbert, weight: 50, upstreams: ["http://127.0.0.1:1"] }
  - { name: roberta, weight: 50, upstreams: ["http://127.0.0.1:1"] }
admin: { token: ${TOKEN} }
`;

function stateOf(verdict: Verdict | null): string {
  return JSON.stringify({ version: 1, experiment: "sentiment-model", phase: 2, verdict });
}

/** A folder with a configuration and the file of a judge; what is said there. */
async function setUp(t: TestContext, verdict: Verdict | null = sampleVerdict(), config = CONFIG) {
  const file = await writeFiles(t, { "experiment.yaml": config, "judge.json": stateOf(verdict) });
  const { terminal, said } = createTerminal({}, verdict?.at ?? 0);
  const run = (...argv: string[]) => report(["--config", file("experiment.yaml"), ...argv], terminal);
  const letters = async () => lettersOf((await loadConfig(file("experiment.yaml"), {}, {})).config);
  return { file, said, run, letters, terminal };
}

async function listen(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const [answer, masked, open] of [
  ["better", 3, 0],
  ["worse", 3, 3],
  ["no_difference", 0, 0],
  ["not_enough_data", 0, 0],
  ["guardrail_breached", 4, 4],
  ["invalid", 5, 5],
] as const)
  test(`the answer ${answer} ends with ${masked} masked and ${open} open`, async (t) => {
    const { file, run } = await setUp(t, sampleVerdict({ answer, looks: 2 }));
    const state = file("judge.json");
    assert.equal(await run("--state", state), masked);
    assert.equal(await run("--state", state, "--unblind", "--reason", REASON), open);
    const gate = await run("--state", state, "--require-decision");
    assert.equal(gate, answer === "not_enough_data" ? 6 : masked);
  });

test("a masked report names letters, and leaves nothing in the decision log", async (t) => {
  const { file, said, run } = await setUp(t);
  await run("--state", file("judge.json"));
  assert.match(said.out, /^BETTER: [XY] is better than [XY] in the accuracy\n/);
  assert.doesNotMatch(said.out, /roberta|distilbert/);
  await assert.rejects(stat(file("decisions.jsonl")), { code: "ENOENT" });
});

test("unblinding is written to the decision log beside the state file, each on a line", async (t) => {
  const { file, said, run } = await setUp(t);
  const verdict = sampleVerdict();
  // A death has cut the last line.
  await writeFile(file("decisions.jsonl"), '{"time":"2027-');
  for (const _ of [1, 2]) await run("--state", file("judge.json"), "--unblind", "--reason", REASON);
  assert.match(said.out, /^BETTER: roberta is better than distilbert/);
  const [cut, first, second, rest] = (await readFile(file("decisions.jsonl"), "utf8")).split("\n");
  assert.equal(cut, '{"time":"2027-');
  assert.equal(rest, "");
  assert.deepEqual(JSON.parse(first ?? ""), {
    time: new Date(verdict.at).toISOString(),
    user: userInfo().username,
    reason: REASON,
    experiment: "sentiment-model",
    phase: 2,
    config_hashes: verdict.configHashes,
    analysis_hash: verdict.analysisHash,
    looked_at: new Date(verdict.at).toISOString(),
    answer: "better",
    treatment: "roberta",
  });
  assert.equal(second, first);
});

test("the decision log is its owner's alone", async (t) => {
  const { file, run } = await setUp(t);
  await run("--state", file("judge.json"), "--unblind", "--reason", REASON);
  assert.equal((await stat(file("decisions.jsonl"))).mode & 0o777, 0o600);
});

test("a file that names the variants is its owner's alone, whatever was there", async (t) => {
  const { file, run } = await setUp(t);
  const mode = async () => (await stat(file("report.html"))).mode & 0o777;
  await writeFile(file("report.html"), "older and longer than nothing", { mode: 0o644 });
  const argv = ["--state", file("judge.json"), "--out", file("report.html")];
  await run(...argv);
  assert.equal(await mode(), 0o644);
  await run(...argv, "--unblind", "--reason", REASON);
  assert.equal(await mode(), 0o600);
  assert.match(await readFile(file("report.html"), "utf8"), /^<!doctype html>.*<\/html>\n$/s);
});

test("where the decision log cannot be written, nothing is unblinded", async (t) => {
  const { file, said, run } = await setUp(t);
  await mkdir(file("decisions.jsonl"));
  await assert.rejects(run("--state", file("judge.json"), "--unblind", "--reason", REASON), (error) => {
    assert.ok(error instanceof CommandError);
    assert.match(
      error.message,
      /the decision log .*decisions\.jsonl cannot be written .* nothing is unblinded/,
    );
    return true;
  });
  assert.equal(said.out, "");
});

test("a report is written to a file in its format, and the verdict alone is said", async (t) => {
  const { file, said, run } = await setUp(t);
  await run("--state", file("judge.json"), "--out", file("report.html"));
  assert.match(said.out, /^BETTER: [XY] is better than [XY] in the accuracy\n$/);
  assert.match(await readFile(file("report.html"), "utf8"), /^<!doctype html>/);
  await assert.rejects(run("--state", file("judge.json"), "--out", file("no/report.html")), {
    message: /the report cannot be written to .*: name another file with --out/,
  });
});

test("colours and width are those of the terminal, and NO_COLOR has the last word", async (t) => {
  const { file, said, run, terminal } = await setUp(t);
  const state = file("judge.json");
  const shown = async (more: Partial<typeof terminal>) => {
    said.out = "";
    await report(["--config", file("experiment.yaml"), "--state", state], { ...terminal, ...more });
    return said.out;
  };
  await run("--state", state);
  const piped = said.out;
  assert.ok(!piped.includes("\u001b"));
  assert.ok((await shown({ columns: 80 })).includes("\u001b[1;32m"));
  assert.equal(await shown({ columns: 80, env: { NO_COLOR: "1" } }), piped);
  assert.equal(await shown({ columns: 80, env: { TERM: "dumb" } }), piped);
  const narrow = await shown({ columns: 50, env: { NO_COLOR: "1" } });
  assert.ok(narrow.split("\n").every((line) => line.length <= 50 || line.includes("9a27fd0c51b8")));
});

test("a judge is asked for the masked verdict alone, with the token", async (t) => {
  const { said, run, letters } = await setUp(t);
  const asked: string[] = [];
  const named = await letters();
  const url = await listen(t, (request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    const verdict = sampleVerdict();
    response.end(JSON.stringify(request.url === "/verdict" ? maskVerdict(verdict, named) : verdict));
  });
  await run("--judge", url);
  assert.deepEqual(asked, [`/verdict Bearer ${TOKEN}`]);
  assert.match(said.out, /^BETTER: [XY] is/);
});

test("a judge is asked for the whole verdict where it is unblinded", async (t) => {
  const state = (file: (name: string) => string) =>
    `${CONFIG}judge: { state: "${file("kept/judge.json")}" }\n`;
  const { file, said, terminal } = await setUp(t);
  await writeFile(file("experiment.yaml"), state(file));
  const url = await listen(t, ({ url: path }, response) => {
    response.end(JSON.stringify(path === "/verdict/open" ? sampleVerdict() : {}));
  });
  const argv = ["--config", file("experiment.yaml"), "--judge", url, "--unblind", "--reason", REASON];
  assert.equal(await report(argv, terminal), 0);
  assert.match(said.out, /^BETTER: roberta is better than distilbert/);
  assert.match(await readFile(file("kept/decisions.jsonl"), "utf8"), /the launch is decided on Friday/);
});

for (const [what, status, body, message] of [
  ["refuses", 401, '{"detail":"The token is missing."}', /answers 401: The token is missing\./],
  ["has not looked yet", 503, '{"detail":"No look yet."}', /answers 503: No look yet\./],
  ["is something else", 200, "<html>", /gives no verdict of schema 1/],
  ["is of another experiment", 200, "other", /judges the experiment other, not sentiment-model/],
] as const)
  test(`a judge that ${what} is said, and no file is read instead`, async (t) => {
    const { run, letters } = await setUp(t);
    const other = maskVerdict({ ...sampleVerdict(), experiment: "other" }, await letters());
    const url = await listen(t, (_, response) => {
      response.writeHead(status).end(body === "other" ? JSON.stringify(other) : body);
    });
    await assert.rejects(run("--judge", url), (error) => {
      assert.ok(error instanceof CommandError);
      assert.match(error.message, message);
      return true;
    });
  });

test("without a judge its file is read, and that is said", async (t) => {
  const { file, said, terminal } = await setUp(t);
  const config = `${CONFIG}judge: { url: "http://127.0.0.1:1", state: "${file("judge.json")}" }\n`;
  await writeFile(file("experiment.yaml"), config);
  assert.equal(await report(["--config", file("experiment.yaml")], terminal), 3);
  assert.match(
    said.err,
    /^the judge at http:\/\/127\.0\.0\.1:1 does not answer .*: this is of the judge's file/,
  );
  await writeFile(file("judge.json"), stateOf(null));
  await assert.rejects(report(["--config", file("experiment.yaml")], terminal), {
    message:
      /^no verdict was found: the judge at .* does not answer.*; .* holds no verdict yet.*Start a judge/,
  });
});

test("an old look is called old", async (t) => {
  const { file, said, terminal } = await setUp(t);
  const late = { ...terminal, now: () => sampleVerdict().at + 3_600_000 };
  await report(["--config", file("experiment.yaml"), "--state", file("judge.json")], late);
  assert.match(said.err, /^the last look was at 2027-\S+Z, 12 steps of 300 s ago: does the judge run\?\n$/);
});

test("a state file that is of something else is refused, and stays as it is", async (t) => {
  const { file, run } = await setUp(t);
  for (const [text, message] of [
    ["{", /is no state file of version 1/],
    [stateOf(null), /holds no verdict yet/],
    [stateOf(null).replace("sentiment-model", "other"), /is of the experiment other, not sentiment-model/],
    [stateOf(sampleVerdict({ names: ["one", "two"] })), /a variant of the verdict has no letter/],
  ] as const) {
    await writeFile(file("judge.json"), text);
    await assert.rejects(run("--state", file("judge.json")), { message });
    assert.equal(await readFile(file("judge.json"), "utf8"), text);
  }
});

test("a terminal is sent no control characters by a name", async (t) => {
  const { file, run } = await setUp(t);
  const verdict = sampleVerdict();
  const text = stateOf({ ...verdict, headline: "\u001b]0;owned\u0007" });
  await writeFile(file("judge.json"), text);
  await assert.rejects(run("--state", file("judge.json")), { message: /is no state file/ });
});

test("a judge at a port that nobody may ask is named, with the port as the reason", async (t) => {
  const { run } = await setUp(t);
  await assert.rejects(run("--judge", "http://127.0.0.1:9"), {
    message: /^the judge at http:\/\/127\.0\.0\.1:9 does not answer \(fetch asks no port of another protocol/,
  });
});
