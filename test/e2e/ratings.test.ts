import assert from "node:assert/strict";
import { test } from "node:test";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";
import { until } from "../../worker/src/testing/until.ts";
import { blankHead } from "../support/blanked.ts";
import { exchangeRaw, type RawAnswer, rawRequest } from "../support/raw-http.ts";
import { type StartedFiles, startFiles } from "../support/system.ts";

const USERS = 100;
const TURNS = 3;
const VARIANTS = ["transformer", "forest"] as const;
const FILES = VARIANTS.map((name) => `config/workers/ratings/${name}.yaml`);
const BODY = JSON.stringify({ text: "The seats are comfortable and the staff are kind." });
const BODY_OF_TWO = JSON.stringify({ texts: ["Never again.", "A perfect journey."] });
const { assign } = createAssignment({ salt: "", weights: [50, 50] });

function predict(port: number, user: string, body = BODY): Promise<RawAnswer> {
  return exchangeRaw(
    port,
    rawRequest("POST", "/predict", { "content-type": "application/json", "x-user-id": user }, body),
  );
}

/** Everything that a caller sees, but for the number. */
function blanked({ text, body }: RawAnswer): string {
  const head = blankHead(text.slice(0, text.length - body.length));
  return head + body.replaceAll(/"score":-?\d+(\.\d+)?(?=[,}])/g, '"score":…');
}

interface Counts {
  readonly gateway: ReadonlyMap<string | undefined, number>;
  readonly workers: ReadonlyMap<string | undefined, number>;
}

/** By variant. */
async function counted(url: string, metric: string, labels: Readonly<Record<string, string>>) {
  const scrape = parseExposition(await (await fetch(`${url}/metrics`)).text());
  const counts = samplesOf(scrape, metric)
    .filter((sample) => Object.entries(labels).every(([name, value]) => sample.labels.get(name) === value))
    .filter(({ value }) => value > 0);
  return new Map(counts.map((sample) => [sample.labels.get("model_version"), sample.value]));
}

async function countedByBoth({ admin, workers }: StartedFiles): Promise<Counts> {
  const gateway = await counted(admin, "ab_requests_total", { status: "200" });
  const labels = { status: "200", sentiment_label: "none" };
  const each = await Promise.all(
    workers.map((url) => counted(url, "sentiment_requests_total", labels).then((counts) => [...counts])),
  );
  return { gateway, workers: new Map(each.flat()) };
}

test("a transformer and a random forest are compared by their ratings: each user keeps one, and nothing but the number differs", async (t) => {
  const system = await startFiles(t, "config/ratings.yaml", FILES);
  const seen = new Set<string>();
  const met = VARIANTS.map(() => new Set<string>());
  const users = Array.from({ length: USERS }, (_, index) => `user-${index}`);
  for (let turn = 0; turn < TURNS; turn++)
    for (const user of users) {
      const answer = await predict(system.port, user);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.body, /^\{"score":-?\d+(\.\d+)?\}$/);
      seen.add(blanked(answer));
      met[assign(user).variant]?.add(answer.body);
    }
  // One text has one rating by each model, and it is not the same: whoever got another would have met the other model.
  assert.deepEqual(
    met.map((bodies) => bodies.size),
    [1, 1],
  );
  assert.notDeepEqual(met[0], met[1]);
  assert.equal(seen.size, 1, [...seen].join("\n---\n"));

  const sent = VARIANTS.map(
    (name, variant) =>
      [name, TURNS * users.filter((user) => assign(user).variant === variant).length] as const,
  );
  // The gateway counts an answer when its last byte has left, which its reader may have before.
  const total = ({ gateway }: Counts) => [...gateway.values()].reduce((sum, value) => sum + value, 0);
  await until(async () => total(await countedByBoth(system)) >= TURNS * USERS);
  const counts = await countedByBoth(system);
  assert.deepEqual(counts.gateway, new Map(sent));
  assert.deepEqual(counts.workers, new Map(sent));
  t.diagnostic(`${sent.join("; ")}; ratings ${met.map((bodies) => [...bodies].join()).join(" and ")}`);
});

test("several texts get their ratings in one form from both", async (t) => {
  const system = await startFiles(t, "config/ratings.yaml", FILES);
  const seen = new Set<string>();
  for (let user = 0; user < 20; user++)
    seen.add(blanked(await predict(system.port, `user-${user}`, BODY_OF_TWO)));
  assert.equal(seen.size, 1, [...seen].join("\n---\n"));
  assert.match([...seen][0] ?? "", /\r\n\r\n\{"predictions":\[\{"score":…\},\{"score":…\}\]\}$/);
});
