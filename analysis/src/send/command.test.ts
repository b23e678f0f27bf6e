import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test, { type TestContext } from "node:test";
import { CommandError, UsageError } from "../../../proxy/src/command/arguments.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";
import { sendOutcomes } from "./command.ts";

const OUTCOMES = `outcomes:
  secrets: a-secret-for-the-tests
  allowed: [converted, true_label, { name: revenue, min: -100, max: 1000 }]
  labels: [negative, positive]
`;

async function startGateway(t: TestContext, more = OUTCOMES): Promise<RunningProxy> {
  const { url } = await startUpstream(t, (_, response) => {
    response.writeHead(200, { "x-blindsplit-prediction": "positive;0.9" }).end("ok");
  });
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], more));
}

async function tokensOf({ url }: RunningProxy, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const response = await fetch(url, { headers: { "x-user-id": `user-${index}` } });
      await response.arrayBuffer();
      return response.headers.get("x-outcome-token") ?? assert.fail("no token");
    }),
  );
}

async function writeCsv(t: TestContext, lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-send-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "truth.csv");
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

function run(argv: readonly string[], env: Record<string, string> = {}) {
  const said = { out: "", err: "" };
  const terminal = {
    env,
    write(text: string) {
      said.out += text;
    },
    complain(text: string) {
      said.err += text;
    },
    now: Date.now,
  };
  return { said, code: sendOutcomes(argv, terminal) };
}

test("every row is counted once, however often the file is sent", async (t) => {
  const proxy = await startGateway(t);
  const tokens = await tokensOf(proxy, 7);
  const file = await writeCsv(t, [
    "token,comment,outcome,value",
    ...tokens.map((token) => `${token},"a ""quoted"", comment",true_label,negative`),
    ...tokens.map((token) => `${token},,revenue,-2.5`),
  ]);
  for (let time = 0; time < 2; time++) {
    const { said, code } = run([file, "--url", proxy.url, "--batch", "4"]);
    assert.equal(await code, 0, said.err);
    assert.equal(said.out, "14 outcomes sent: 14 taken, 0 rejected\n");
  }
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "true_label" }), 7);
  assert.equal(await proxy.metric("ab_bucket_outcome_value_total", { outcome: "revenue" }), 7 * 97.5);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 14);
});

test("rows that are not taken stand in a file beside it, with why and where", async (t) => {
  const proxy = await startGateway(t);
  const [token = ""] = await tokensOf(proxy, 1);
  const file = await writeCsv(t, [
    "token,outcome,value",
    `${token},true_label,positive`,
    `${token},true_label,negative`,
    "nonsense,converted,",
    `${token},revenue,many`,
  ]);
  const { said, code } = run([file, "--url", proxy.url]);
  assert.equal(await code, 3);
  assert.match(said.out, /^4 outcomes sent: 1 taken, 3 rejected \(.*outcome_conflict 1.*\.rejects\.csv\)\n$/);
  const [heading, ...rejects] = (await readFile(`${file}.rejects.csv`, "utf8")).trimEnd().split("\n");
  assert.equal(heading, "line,token,outcome,value,id,code,detail");
  assert.deepEqual(
    rejects.map((line) => [line.split(",")[0], /outcome_\w+/.exec(line)?.[0]]),
    [
      ["3", "outcome_conflict"],
      ["4", "outcome_token_invalid"],
      ["5", "outcome_value_invalid"],
    ],
  );
});

test("a run that is cut off goes on where it ended, and its rejects stand there once", async (t) => {
  const proxy = await startGateway(t);
  const tokens = await tokensOf(proxy, 6);
  const file = await writeCsv(t, [
    "token,outcome",
    ...tokens.map((token, index) => `${index % 2 === 0 ? token : "x"},converted`),
  ]);
  const gone = await startUpstream(t, async (request, response) => {
    // The first batch is the gateway's, then its answers are refusals.
    const body = await text(request);
    if (forwarded++ > 0) return void response.writeHead(403).end();
    const answer = await fetch(`${proxy.url}/-/outcomes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    response.end(await answer.text());
  });
  let forwarded = 0;
  await assert.rejects(run([file, "--url", gone.url, "--batch", "2"]).code, CommandError);
  const { said, code } = run([file, "--url", proxy.url, "--batch", "2", "--resume"]);
  assert.equal(await code, 3);
  assert.match(said.out, /^6 outcomes sent: 3 taken, 3 rejected \(in this run outcome_token_invalid 2/);
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "converted" }), 3);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 0);
  assert.equal((await readFile(`${file}.rejects.csv`, "utf8")).trimEnd().split("\n").length, 4);
  await assert.rejects(run([file, "--url", proxy.url, "--resume"]).code, /nothing|there is no/);
});

test("ids are sent, and taken where the gateway has a key", async (t) => {
  for (const [more, code, taken] of [
    ["", 3, 1],
    ["  key: a-key-for-the-tests\n", 0, 3],
  ] as const) {
    const proxy = await startGateway(t, OUTCOMES + more);
    const [token = ""] = await tokensOf(proxy, 1);
    const file = await writeCsv(t, [
      "token,outcome,value,id",
      ...["", "one", "two"].map((id) => `${token},revenue,3,${id}`),
    ]);
    const sent = run([file, "--url", proxy.url, "--key", "a-key-for-the-tests"]);
    assert.equal(await sent.code, code, sent.said.err);
    assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "revenue" }), taken);
  }
});

test("what is too large for one request goes in several, and a row that is by itself is rejected", async (t) => {
  const proxy = await startGateway(t);
  const tokens = await tokensOf(proxy, 9);
  const file = await writeCsv(t, [
    "token,outcome,value",
    ...tokens.map((token, index) => `${token},true_label,${index < 3 ? "x".repeat(600_000) : "positive"}`),
    `${tokens[0]},true_label,${"x".repeat(1_100_000)}`,
    `${tokens[1]},converted,`,
  ]);
  const { said, code } = run([file, "--url", proxy.url]);
  assert.equal(await code, 3, said.err);
  assert.match(said.out, /^11 outcomes sent: 7 taken, 4 rejected/);
  const rejects = (await readFile(`${file}.rejects.csv`, "utf8")).trimEnd().split("\n").slice(1);
  assert.deepEqual(
    rejects.map((line) => [line.split(",")[0], /outcome_\w+|body_too_large/.exec(line)?.[0]]),
    [
      ["2", "outcome_unknown_label"],
      ["3", "outcome_unknown_label"],
      ["4", "outcome_unknown_label"],
      ["11", "body_too_large"],
    ],
  );
});

test("rows that are no rows are rejected, and the others sent", async (t) => {
  const proxy = await startGateway(t);
  const [one, two, three] = await tokensOf(proxy, 3);
  const file = await writeCsv(t, [
    "token,outcome,value",
    `${one},converted`,
    `${one},converted,`,
    `${two},converted,,more`,
    `${two},conv"erted,`,
    `${two},converted,`,
    `${three},"converted,`,
    `${three},converted,`,
  ]);
  const { said, code } = run([file, "--url", proxy.url, "--batch", "2"]);
  assert.equal(await code, 3, said.err);
  const rejects = (await readFile(`${file}.rejects.csv`, "utf8")).trimEnd().split("\n").slice(1);
  assert.deepEqual(
    rejects.map((line) => [line.split(",")[0], /outcome_\w+|row_malformed/.exec(line)?.[0]]),
    [
      ["2", "row_malformed"],
      ["4", "row_malformed"],
      ["5", "outcome_not_allowed"],
      ["7", "row_malformed"],
    ],
  );
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "converted" }), 2);
  assert.match(said.out, /^6 outcomes sent: 2 taken, 4 rejected/);
});

test("a file that changed in between is not gone on with", async (t) => {
  const file = await writeCsv(t, ["token,outcome", "a,converted"]);
  await writeFile(
    `${file}.progress`,
    JSON.stringify({ digest: "other", rows: 1, rejected: 0, rejectsBytes: 0 }),
  );
  await assert.rejects(run([file, "--resume"]).code, /has changed/);
  await writeFile(`${file}.progress`, "{");
  await assert.rejects(run([file, "--resume"]).code, /cannot be read/);
});

test("a gateway that asks for patience gets it", async (t) => {
  let asked = 0;
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().once("end", () => {
      if (asked++ === 0) return void response.writeHead(503).end();
      response.end(JSON.stringify({ results: [{ status: 202 }] }));
    });
  });
  const file = await writeCsv(t, ["token,outcome", "a,converted"]);
  const { said, code } = run([file, "--url", url]);
  assert.equal(await code, 0);
  assert.match(said.err, /says 503; once more in 0\.5 s/);
});

test("what no waiting mends ends at once and says what helps", async (t) => {
  const proxy = await startGateway(t, `${OUTCOMES}  key: a-key-for-the-tests\n`);
  const [token = ""] = await tokensOf(proxy, 1);
  const file = await writeCsv(t, ["token,outcome", `${token},converted`]);
  await assert.rejects(run([file, "--url", proxy.url]).code, /401 \(unauthorised\).*outcomes\.key/);
  assert.equal(await run([file, "--url", proxy.url, "--key", "a-key-for-the-tests"]).code, 0);
  assert.equal(
    await run([file, "--url", proxy.url], { BLINDSPLIT_OUTCOMES_KEY: "a-key-for-the-tests" }).code,
    0,
  );
  const other = await startUpstream(t, (_, response) => void response.end("hello"));
  await assert.rejects(run([file, "--url", other.url]).code, /as no gateway does/);
  const flawed = await writeCsv(t, ["token,value", "a,b"]);
  await assert.rejects(run([flawed, "--url", proxy.url]).code, /lacks outcome/);
  await assert.rejects(run([`${file}.none`, "--url", proxy.url]).code, /cannot be read/);
});

test("a command that cannot be meant is refused before anything is read", async () => {
  for (const argv of [
    [],
    ["a.csv", "b.csv"],
    ["a.csv", "--batch", "0"],
    ["a.csv", "--url", "ftp://a"],
    ["a.csv", "--x"],
  ])
    await assert.rejects(run(argv).code, UsageError, argv.join(" "));
  const { said, code } = run(["--help"]);
  assert.equal(await code, 0);
  assert.match(said.out, /outcomes send FILE\.csv/);
});
