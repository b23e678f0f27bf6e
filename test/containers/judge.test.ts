import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { MaskedVerdict } from "../../analysis/src/verdict/masked-verdict.ts";
import { sentences } from "../support/sentences.ts";
import { assertDocker, docker } from "./docker.ts";
import { poll } from "./poll.ts";
import { openSink, type Sink } from "./sink.ts";
import { Stack } from "./stack.ts";

const USERS = 40;
const MODELS = /distilbert|roberta/;

before(assertDocker);

let stack: Stack;
let sink: Sink;
before(async () => {
  sink = await openSink();
  stack = await Stack.create(undefined, {
    BLINDSPLIT_OUTCOME_SECRET: randomBytes(24).toString("base64"),
    BLINDSPLIT_EXPERIMENT_WEBHOOK: sink.url,
  });
  // Looks of every few seconds, and outcomes that outlive their gateway.
  await stack.configure((yaml) =>
    yaml
      .replace("\njudge:\n", "\njudge:\n  step: 5s\n")
      .replace("\noutcomes:\n", "\noutcomes:\n  journal: /var/lib/blindsplit/outcomes.journal\n"),
  );
  await stack.compose("build");
  await stack.up();
});
after(async () => {
  sink.close();
  await stack.remove();
});

async function get(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return text;
}

async function verdictOf(isFit: (verdict: MaskedVerdict) => boolean): Promise<MaskedVerdict> {
  const judge = await stack.url("judge", 8082);
  return poll("such a verdict", async () => {
    const verdict = JSON.parse(await get(`${judge}/verdict`)) as MaskedVerdict;
    return isFit(verdict) ? verdict : undefined;
  });
}

async function postJson(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
}

const countOutcomes = async () =>
  [
    ...(await get(`${await stack.url("proxy", 8081)}/metrics`)).matchAll(/^ab_outcomes_total\{.*\} (\d+)$/gm),
  ].reduce((sum, [, count]) => sum + Number(count), 0);

test("the judge finds in Prometheus what callers did and reported, and tells no model's name", async (t) => {
  const traffic = await stack.url("proxy", 8080);
  for (let user = 0; user < USERS; user++) {
    const text = sentences[user % sentences.length];
    const answer = await postJson(`${traffic}/predict`, { text }, { "x-user-id": `unit-${user}` });
    assert.equal(answer.status, 200, await answer.text());
    const token = answer.headers.get("x-outcome-token");
    const outcome = await postJson(`${traffic}/-/outcomes`, {
      token,
      outcome: "true_label",
      value: "positive",
    });
    assert.equal(outcome.status, 202, await outcome.text());
  }
  const verdict = await verdictOf(({ exposures }) => exposures >= USERS);
  assert.equal(verdict.exposures, USERS);
  assert.doesNotMatch(JSON.stringify(verdict), MODELS);
  t.diagnostic(`${verdict.answer}: ${verdict.headline}`);
});

test("what the judge has found outlives its container, killed or made anew", async () => {
  const { looks } = await verdictOf(() => true);
  await stack.compose("kill", "judge");
  await stack.up("judge");
  const killed = await verdictOf((verdict) => verdict.looks > looks);
  assert.equal(killed.exposures, USERS);
  await stack.up("--force-recreate", "--no-deps", "judge");
  const recreated = await verdictOf((verdict) => verdict.looks > killed.looks);
  assert.equal(recreated.exposures, USERS);
  const logs = await stack.compose("logs", "--no-color", "judge");
  assert.match(logs, /going on from the state file/);
});

test("an outcome that was acknowledged outlives a gateway that is killed, in the journal's volume", async () => {
  assert.equal(await countOutcomes(), USERS);
  await stack.compose("kill", "proxy");
  await stack.up("proxy");
  assert.equal(await countOutcomes(), USERS);
});

test("the report of the day goes through Alertmanager to the experiment's receiver, once and without names", async (t) => {
  const daily = ["nightly", "--send", "--daily", "06:00", "--now"];
  const container = (await stack.compose("run", "--detach", "--no-deps", ...daily)).split("\n").at(-1) ?? "";
  t.after(() => docker(["rm", "--force", container]));
  const message = await poll("a report", async () =>
    sink.received.find((body) => body.includes("ABNightlyReport")),
  );
  const { receiver, commonAnnotations } = JSON.parse(message) as {
    receiver: string;
    commonAnnotations: { summary: string };
  };
  assert.equal(receiver, "nightly-report");
  assert.match(commonAnnotations.summary, /^(INVALID|NOT ENOUGH DATA|NO DIFFERENCE|BETTER)/);
  assert.doesNotMatch(message, MODELS);
  t.diagnostic(commonAnnotations.summary);

  await stack.compose("run", "--rm", "--no-deps", "nightly", "--send");
  await docker(["stop", container]);
  assert.equal(await docker(["inspect", "--format", "{{.State.ExitCode}}", container]), "0");
  assert.equal(sink.received.filter((body) => body.includes("ABNightlyReport")).length, 1);
});

test("without the judge gateways answer as before, and the report says that there is none", async () => {
  await stack.compose("stop", "judge");
  const traffic = await stack.url("proxy", 8080);
  const answer = await postJson(`${traffic}/predict`, { text: "still here" }, { "x-user-id": "alice" });
  assert.equal(answer.status, 200, await answer.text());
  await assert.rejects(
    // Once: the service itself would wait for the next morning.
    stack.compose("run", "--rm", "--no-deps", "nightly", "--send"),
    /the judge at .* does not answer/,
  );
});
