import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { configuration, startProxy } from "../../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../../test/support/upstream.ts";
import {
  exampleMetric,
  exampleVerdict,
  startVerdictServer,
} from "../../../../test/support/verdict-server.ts";
import { resolveName } from "../../upstream/name.ts";
import type { MaskedSnapshot, OpenSnapshot } from "../snapshot.ts";
import type { VerdictQuestion } from "./ask-verdict.ts";
import type { VerdictFacts, VerdictSnapshot } from "./verdict-snapshot.ts";
import { VerdictWatch } from "./verdict-watch.ts";

const NAMES = ["kestrel", "osprey"] as const;
const LETTERS = new Map([
  ["kestrel", "Y"],
  ["osprey", "X"],
]);
const STEP_MS = 300_000;
const TOKEN = "a-token-of-this-listener";

function watch(t: TestContext, url: string | undefined, change: Partial<VerdictQuestion> = {}): VerdictWatch {
  const experiment = { name: "test", phase: 1 };
  const watching = new VerdictWatch({
    question: (mode) =>
      url === undefined ? undefined : { url, mode, token: undefined, stepMs: STEP_MS, experiment, ...change },
    resolve: resolveName,
    everyMs: 0,
  });
  t.after(() => watching.stop());
  return watching;
}

function factsOf(said: VerdictSnapshot | undefined): VerdictFacts {
  assert.ok(said !== undefined && !("problem" in said), JSON.stringify(said));
  return said;
}

function problemOf(said: VerdictSnapshot | undefined): string {
  assert.ok(said !== undefined && "problem" in said, JSON.stringify(said));
  return said.problem;
}

test("the open page is told the primary difference, guardrails and looks by names", async (t) => {
  const verdict = exampleVerdict(NAMES);
  const { url } = await startVerdictServer(t, LETTERS, verdict);
  const facts = factsOf(await watch(t, url).verdict("open"));
  assert.deepEqual(facts, {
    answer: "not_enough_data",
    headline: verdict.headline,
    reasons: verdict.reasons,
    at: verdict.at,
    nextAt: verdict.at + STEP_MS,
    looks: 41,
    daysLeft: 3.2,
    isSplitBroken: false,
    metric: "macro_recall",
    direction: "increase",
    margin: 0.01,
    differences: [{ of: "osprey", less: "kestrel", estimate: { value: 0.022, low: -0.008, high: 0.052 } }],
    guardrails: [
      { metric: "error_ratio", state: "holds", breachedBy: [] },
      { metric: "slow_ratio", state: "open", breachedBy: [] },
    ],
    stopped: [],
  });
});

test("the masked page is told letters alone", async (t) => {
  const { url, asked } = await startVerdictServer(t, LETTERS, exampleVerdict(NAMES));
  const facts = factsOf(await watch(t, url, { token: TOKEN }).verdict("masked"));
  assert.deepEqual(asked, [{ path: "/verdict", token: `Bearer ${TOKEN}` }]);
  assert.deepEqual(
    facts.differences.map(({ of, less }) => [of, less]),
    [["X", "Y"]],
  );
  for (const name of NAMES) assert.ok(!JSON.stringify(facts).includes(name), name);
});

test("while the split is broken no number about a difference leaves the gateway", async (t) => {
  const broken = exampleVerdict(NAMES, {
    answer: "invalid",
    headline: "The comparison is invalid.",
    reasons: ["Sample ratio mismatch: log likelihood ratio 12.34 above 6.908."],
    validity: {
      ...exampleVerdict(NAMES).validity,
      sampleRatio: { check: "failed", logLikelihoodRatio: 12.34, limit: 6.908, failedAt: 1 },
    },
  });
  const { url } = await startVerdictServer(t, LETTERS, broken);
  for (const mode of ["open", "masked"] as const) {
    const facts = factsOf(await watch(t, url).verdict(mode));
    assert.equal(facts.isSplitBroken, true);
    assert.deepEqual(
      [facts.answer, facts.differences, facts.guardrails, facts.reasons, facts.daysLeft],
      ["invalid", [], [], [], null],
    );
    assert.doesNotMatch(JSON.stringify(facts), /12\.34|0\.022/);
  }
});

test("what is invalid for another reason says the reason, and no difference either", async (t) => {
  const { url } = await startVerdictServer(
    t,
    LETTERS,
    exampleVerdict(NAMES, { answer: "invalid", reasons: ["12 of 41 steps could not be read."] }),
  );
  const facts = factsOf(await watch(t, url).verdict("open"));
  assert.deepEqual(
    [facts.isSplitBroken, facts.differences, facts.guardrails, facts.reasons],
    [false, [], [], ["12 of 41 steps could not be read."]],
  );
});

test("a guardrail is breached where one treatment breaches it, and holds where it does for all", async (t) => {
  const of = (treatment: string, decisions: readonly ("breached" | "holds" | "open")[]) => ({
    treatment,
    control: "kestrel",
    metrics: decisions.map((decision, index) =>
      exampleMetric({ metric: index === 0 ? "error_ratio" : "slow_ratio", kind: "guardrail", decision }),
    ),
  });
  const { url } = await startVerdictServer(
    t,
    LETTERS,
    exampleVerdict(NAMES, {
      answer: "guardrail_breached",
      comparisons: [of("osprey", ["breached", "holds"]), of("merlin", ["open", "holds"])],
      stopped: [{ treatment: "osprey", at: 1, metric: "error_ratio" }],
    }),
  );
  const facts = factsOf(await watch(t, url).verdict("open"));
  assert.deepEqual(facts.guardrails, [
    { metric: "error_ratio", state: "breached", breachedBy: ["osprey"] },
    { metric: "slow_ratio", state: "holds", breachedBy: [] },
  ]);
  assert.deepEqual(facts.stopped, ["osprey"]);
});

test("without a judge nothing is said, and of one that cannot be asked why", async (t) => {
  assert.equal(await watch(t, undefined).verdict("open"), undefined);
  const dead = await unusedUrl();
  assert.match(
    problemOf(await watch(t, dead).verdict("open")),
    /^The judge cannot be asked for GET \/verdict\/open: .*ECONNREFUSED/,
  );
  assert.equal(problemOf(await watch(t, dead).verdict("masked")), "The judge does not answer.");
  const failing = await startVerdictServer(t, LETTERS, undefined);
  assert.equal(
    problemOf(await watch(t, failing.url).verdict("open")),
    "The judge answered 503 to GET /verdict/open.",
  );
  assert.match(problemOf(await watch(t, "http://nowhere.invalid").verdict("open")), /Its name leads nowhere/);
});

test("before its first look the judge is early, and nothing is wrong", async (t) => {
  const { url } = await startUpstream(
    t,
    (_, response) => void response.writeHead(503).end(JSON.stringify({ code: "no_look_yet", detail: "x" })),
  );
  for (const mode of ["open", "masked"] as const)
    assert.deepEqual(await watch(t, url).verdict(mode), {
      problem: "The judge has not looked at this phase yet.",
      isEarly: true,
    });
});

for (const [what, answer, expected] of [
  ["no JSON", "<html>", /cannot be asked|no judge's verdict/],
  ["another JSON", "{}", /no judge's verdict/],
  ["far too much", `"${"x".repeat(5 * 1024 * 1024)}"`, /more than 4194304 bytes/],
] as const)
  test(`an answer that is ${what} is none of a judge`, async (t) => {
    const { url } = await startUpstream(t, (_, response) => void response.end(answer));
    assert.match(problemOf(await watch(t, url).verdict("open")), expected);
    assert.match(
      problemOf(await watch(t, url).verdict("masked")),
      /^(The judge does not answer|What answers at the judge's address is no judge's verdict)\.$/,
    );
  });

test("an unmasked verdict is never shown to whoever must stay blind", async (t) => {
  const { url } = await startUpstream(
    t,
    (_, response) => void response.end(JSON.stringify(exampleVerdict(NAMES))),
  );
  assert.equal(
    problemOf(await watch(t, url).verdict("masked")),
    "What answers at the judge's address is no judge's verdict.",
  );
});

test("a verdict on another phase is none on the one that runs", async (t) => {
  const { url } = await startVerdictServer(t, LETTERS, exampleVerdict(NAMES, { phase: 2 }));
  assert.match(problemOf(await watch(t, url).verdict("open")), /another experiment or phase/);
});

test("a judge that does not answer is waited for once, and later only in the background", async (t) => {
  const arrived = Promise.withResolvers<void>();
  let isHanging = false;
  const verdict = JSON.stringify(exampleVerdict(NAMES));
  const { url } = await startUpstream(t, (_, response) => {
    if (isHanging) arrived.resolve();
    else response.end(verdict);
  });
  const watching = watch(t, url);
  const first = factsOf(await watching.verdict("open"));
  isHanging = true;
  assert.deepEqual(await watching.verdict("open"), first);
  await arrived.promise;
  assert.deepEqual(await watching.verdict("open"), first);
});

test("many who watch are one who asks", async (t) => {
  const judge = await startVerdictServer(t, LETTERS, exampleVerdict(NAMES));
  const watching = watch(t, judge.url);
  await Promise.all(Array.from({ length: 40 }, () => watching.verdict("open")));
  assert.equal(judge.asked.length, 1);
});

async function snapshots(t: TestContext, admin: string, judge: string) {
  const { url } = await startUpstream(t, (_, response) => void response.end("{}"));
  const upstreams = Object.fromEntries(NAMES.map((name) => [name, url]));
  const more = `admin: ${admin}\njudge: { url: "${judge}" }`;
  const proxy = await startProxy(t, configuration(upstreams, [50, 50], more));
  return async () => {
    const answer = await fetch(`${proxy.admin}/page/snapshot`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.equal(answer.status, 200);
    return (await answer.json()) as OpenSnapshot | MaskedSnapshot;
  };
}

test("a snapshot carries the verdict: the open one of the open page, the masked one of the masked", async (t) => {
  const judge = await startVerdictServer(t, LETTERS, exampleVerdict(NAMES));
  const open = await (await snapshots(t, `{ token: ${TOKEN} }`, judge.url))();
  assert.deepEqual(factsOf(open.verdict).differences[0]?.of, "osprey");
  const masked = await (await snapshots(t, `{ page: masked, token: ${TOKEN} }`, judge.url))();
  assert.equal(masked.masked, true);
  assert.deepEqual(factsOf(masked.verdict).differences[0]?.of, "X");
  assert.deepEqual(judge.asked, [
    { path: "/verdict/open", token: `Bearer ${TOKEN}` },
    { path: "/verdict", token: `Bearer ${TOKEN}` },
  ]);
});
