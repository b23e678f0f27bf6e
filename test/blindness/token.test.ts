import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { nameCode } from "../../proxy/src/outcomes/name-code.ts";
import { complete, draftOf } from "../../proxy/src/outcomes/token-layout.ts";
import { createRandom } from "../support/random.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { estimateAuc, showAuc } from "./auc.ts";
import { trainLogistic } from "./logistic.ts";
import { observe } from "./observe.ts";
import { situations } from "./situations.ts";
import { rowOfToken, TOKEN_COLUMNS } from "./token-row.ts";

const SEED = 20_261_101;
const OF_EACH_GATEWAY = 5_000;
/** Of ten thousand tokens the estimate strays by 0.006 (one standard deviation) where there is nothing to find. */
const MOST_AUC = 0.52;

/** Hundreds of columns of noise: more steps would learn them by heart. */
const LEARNING = { ridge: 1e-3, steps: 60 };

interface Labelled {
  readonly token: string;
  /** The variant: 0 or 1. */
  readonly label: number;
}

/** A service that says what it predicts, in words and figures of its own. */
async function startService(t: TestContext, labels: readonly string[], leastScore: number): Promise<string> {
  let answered = 0;
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().once("end", () => {
      const score = leastScore + (1 - leastScore) * ((answered * 0.618) % 1);
      const label = encodeURIComponent(labels[answered++ % labels.length] ?? "");
      response.setHeader("x-blindsplit-prediction", `${label};${score}`);
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  return url;
}

/** Scores of models that never saw the token they score: each half by what the other taught. */
function scoresOutOfFold(seen: readonly Labelled[]): { scores: number[]; labels: number[] } {
  const rows = seen.map(({ token }) => rowOfToken(token));
  const labels = seen.map(({ label }) => label);
  const scores = rows.map(() => 0);
  for (const fold of [0, 1]) {
    const isTraining = (_: unknown, at: number) => at % 2 !== fold;
    const [training, taught] = [rows.filter(isTraining), labels.filter(isTraining)];
    const score = trainLogistic(training, taught, TOKEN_COLUMNS, LEARNING);
    for (const [at, row] of rows.entries()) if (at % 2 === fold) scores[at] = score(row);
  }
  return { scores, labels };
}

test("ten thousand tokens of two gateways tell nothing of the variants", async (t) => {
  const upstreams = {
    a: await startService(t, ["positive", "negative"], 0.5),
    "a-variant-with-a-much-longer-name": await startService(
      t,
      ["negative", "neutral", "überaus positiv"],
      0.3,
    ),
  };
  const outcomes = `outcomes:
  secrets: a-secret-of-both-gateways
  allowed: [true_label]
  labels: [negative, neutral, positive]`;
  const seen: Labelled[] = [];
  for (const gateway of [0, 1]) {
    const proxy = await startProxy(t, configuration(upstreams, [50, 50], outcomes));
    const prediction = situations.filter(({ name }) => name === "a prediction");
    const halves = await observe(() => proxy.port, SEED + gateway, prediction, OF_EACH_GATEWAY / 4);
    for (const { sight, label } of [...halves.training, ...halves.held]) {
      const [, token] = sight.fields.find(([name]) => name === "x-outcome-token") ?? assert.fail("no token");
      seen.push({ token, label });
    }
  }
  assert.equal(seen.length, 2 * OF_EACH_GATEWAY);
  assert.equal(new Set(seen.map(({ token }) => token)).size, seen.length);
  assert.equal(new Set(seen.map(({ token }) => token.length)).size, 1, "lengths differ");
  const { scores, labels } = scoresOutOfFold(seen);
  const found = estimateAuc(scores, labels);
  t.diagnostic(`${seen.length} tokens, out of fold: ${showAuc(found)}`);
  assert.ok(found.auc <= MOST_AUC && found.auc >= 1 - MOST_AUC, showAuc(found));
});

test("the same distinguisher tells tokens whose content can be read", () => {
  const random = createRandom(SEED);
  const seen = Array.from({ length: 1_000 }, (): Labelled => {
    const label = random() < 0.5 ? 0 : 1;
    const draft = draftOf({
      ...{ experiment: nameCode("test"), phase: 1, weights: [50, 50] },
      variant: nameCode(label === 0 ? "a" : "b"),
    });
    const rest = { analysisBucket: Math.floor(random() * 100), score: random(), issuedAt: 1e12 * random() };
    complete(draft, { ...rest, label: Buffer.from(nameCode("positive"), "latin1") });
    return { token: draft.toString("base64url"), label };
  });
  const { scores, labels } = scoresOutOfFold(seen);
  assert.ok(estimateAuc(scores, labels).auc > 0.99);
});
