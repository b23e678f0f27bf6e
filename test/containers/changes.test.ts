import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { smallRequest } from "../load/support/caller.ts";
import { failureOf, runCrowd } from "../load/support/crowd.ts";
import { Kinds } from "../load/support/findings.ts";
import { unitOf } from "../load/support/units.ts";
import { sentences } from "../support/sentences.ts";
import { assertDocker } from "./docker.ts";
import { poll } from "./poll.ts";
import { idOf, predict } from "./predict.ts";
import { Stack } from "./stack.ts";

const CALLERS = 16;
const REQUESTS_BEFORE_STOP = 500;

before(assertDocker);

let stack: Stack;
before(async () => {
  stack = await Stack.create();
  // What a balancer needs to notice that this replica goes.
  await stack.configure((yaml) => `${yaml}\nshutdown: { drain_delay: 2s }\n`);
  await stack.compose("build");
  await stack.up();
});
after(() => stack.remove());

const status = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(5_000) })).status;

async function hasWeight(admin: string, weight: string): Promise<true | undefined> {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  const found = /^ab_variant_weight_ratio\{[^}]*"distilbert"[^}]*\} (\S+)$/m.exec(metrics)?.[1];
  return found === weight || undefined;
}

test("weights that are edited in the mounted folder count without a restart", async () => {
  const admin = await stack.url("proxy", 8081);
  const containers = await stack.containers("proxy");
  await stack.configure((yaml) =>
    yaml.replace("weight: 50", "weight: 90").replace("weight: 50", "weight: 10"),
  );
  await poll("the new weights", () => hasWeight(admin, "0.9"));
  await stack.configure((yaml) =>
    yaml.replace("weight: 90", "weight: 50").replace("weight: 10", "weight: 50"),
  );
  await poll("the old weights", () => hasWeight(admin, "0.5"));
  assert.deepEqual(await stack.containers("proxy"), containers);
  assert.equal((await stack.inspect("proxy")).RestartCount, 0);
});

test("a worker that is killed costs its own users a 503 and the others nothing, and comes back", async (t) => {
  const traffic = await stack.url("proxy", 8080);
  const [lost, kept] = [idOf("roberta"), idOf("distilbert")];
  let others = 0;
  async function askAsOther(): Promise<void> {
    assert.equal((await predict(traffic, kept, ["still here"])).status, 200);
    others++;
  }

  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  await stack.compose("kill", "worker-roberta");
  const code = await poll("a 503", async () => {
    await askAsOther();
    const answer = await predict(traffic, lost, ["anyone?"]);
    return answer.status === 503 ? answer.code : undefined;
  });
  assert.equal(code, "no_healthy_upstream");
  t.diagnostic(`503 ${seconds()} after the kill was asked for`);

  await stack.compose("start", "worker-roberta");
  await poll("the worker's answer", async () => {
    await askAsOther();
    return (await predict(traffic, lost, ["again"])).status === 200 || undefined;
  });
  t.diagnostic(`back after ${seconds()}; the other variant answered ${others} of ${others}`);
});

test("a worker that ends by itself is started again", async () => {
  const traffic = await stack.url("proxy", 8080);
  await stack.exec("worker-distilbert", "node", "--eval", "process.kill(1, 'SIGTERM')");
  await poll(
    "a restart",
    async () => (await stack.inspect("worker-distilbert")).RestartCount > 0 || undefined,
  );
  await poll("an answer", async () => {
    return (await predict(traffic, idOf("distilbert"), ["again"])).status === 200 || undefined;
  });
});

test("three replicas give the same answers, and Prometheus finds them all", async () => {
  await stack.up("--no-deps", "--scale", "proxy=3", "proxy");
  const replicas = await Promise.all([1, 2, 3].map((replica) => stack.url("proxy", 8080, replica)));
  assert.equal(new Set(replicas).size, 3);
  for (const text of sentences.slice(0, 20)) {
    const answers = await Promise.all(replicas.map((url) => predict(url, `unit of: ${text}`, [text])));
    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([200]));
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1, text);
  }
  await poll("three gateways", async () => {
    const answer = await fetch(`${stack.prometheus}/api/v1/query?query=sum(up{job="ab-proxy"})`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result[0]?.value[1] === "3" || undefined;
  });
});

test("a gateway that is stopped under load loses no request of callers who heed its readiness", async (t) => {
  const [traffic, admin] = [await stack.url("proxy", 8080), await stack.url("proxy", 8081)];
  const failures = new Kinds();
  let [done, isReady] = [0, true];
  const crowd = runCrowd({
    ...{ port: Number(new URL(traffic).port), size: CALLERS, repeats: true, more: () => isReady },
    request: () => ({ bytes: smallRequest(unitOf(done % 1_000, "header")), note: undefined }),
    seen(outcome) {
      done++;
      const failure = failureOf(outcome);
      if (failure !== undefined) failures.add(failure);
    },
  });
  try {
    await poll("load", async () => done >= REQUESTS_BEFORE_STOP || undefined);
    const [before, start] = [done, performance.now()];
    const stopped = stack.stop("proxy").then(() => ((performance.now() - start) / 1_000).toFixed(1));
    await poll("it says that it goes", async () => (await status(`${admin}/-/ready`)) !== 200 || undefined);
    isReady = false;
    await crowd;
    assert.equal(failures.total, 0, `${failures}`);
    t.diagnostic(
      `stopped after ${await stopped} s; ${done} requests, ${done - before} of them since the stop was asked for`,
    );
  } finally {
    isReady = false;
  }
  const { State } = await stack.inspect("proxy");
  assert.deepEqual([State.Status, State.ExitCode, State.OOMKilled], ["exited", 0, false]);
});

for (const service of ["worker-roberta", "worker-distilbert", "prometheus", "alertmanager"] as const) {
  test(`${service} ends by itself when it is asked to`, async (t) => {
    const start = performance.now();
    await stack.stop(service);
    t.diagnostic(`${((performance.now() - start) / 1_000).toFixed(1)} s`);
    const { State } = await stack.inspect(service);
    assert.deepEqual([State.Status, State.ExitCode, State.OOMKilled], ["exited", 0, false]);
  });
}
