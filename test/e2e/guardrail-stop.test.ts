import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parseConfig } from "../../proxy/src/config/load.ts";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { lettersOf } from "../../proxy/src/experiment/letters.ts";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { NOBODY_STOPPED, type StandInJudge, startJudge } from "../support/stand-in-judge.ts";
import { startUpstream } from "../support/upstream.ts";

const NAMES = ["treatment", "control", "third"] as const;
const WEIGHTS = [30, 40, 30];
const CALLERS = 8;
const USERS = 400;

const { assign } = createAssignment({ salt: "", weights: WEIGHTS });

function ask(url: string, user: string, agent: Agent): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(url, { agent, method: "POST", headers: { "x-user-id": user } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.once("error", reject);
    });
    call.once("error", reject);
    call.end("{}");
  });
}

/** Several services whose answers are their names, two replicas in front of them, and their judge. */
async function startAll(t: TestContext) {
  const urls = await Promise.all(
    NAMES.map(async (name) => {
      const { url } = await startUpstream(t, (request, response) => {
        request.resume().once("end", () => response.end(name));
      });
      return [name, url] as const;
    }),
  );
  const judge = await startJudge(t);
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-stop-e2e-"));
  t.after(() => rm(folder, { recursive: true }));
  const write = (weights: readonly number[], judgeUrl = judge.url, phase = 1) =>
    configuration(
      Object.fromEntries(urls),
      weights,
      `judge: { url: "${judgeUrl}", stop: on, poll: 100ms, stop_file: "${join(folder, "stops.json")}" }`,
    )
      .replace("name: test", `name: test, phase: ${phase}`)
      .replace("name: control,", "name: control, control: true,");
  return { judge, write };
}

/** From now on the judge says that the treatment is stopped. */
function stopTreatment(judge: StandInJudge, yaml: string): void {
  const letter = lettersOf(parseConfig(yaml, "x.yaml", {}, {}).config).get("treatment");
  judge.notice = { ...NOBODY_STOPPED, stopped: [letter] };
}

const weights = (proxy: RunningProxy) =>
  Promise.all(NAMES.map((model_version) => proxy.metric("ab_variant_weight_ratio", { model_version })));

async function untilStopped(proxy: RunningProxy): Promise<void> {
  while ((await weights(proxy)).join() !== "0,0.7,0.3") await new Promise((resolve) => setImmediate(resolve));
}

test("a stop under load on two replicas: no request fails, only the treatment's users move, and it lasts", async (t) => {
  const { judge, write } = await startAll(t);
  const yaml = write(WEIGHTS);
  const replicas = await Promise.all([startProxy(t, yaml), startProxy(t, yaml)]);
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  t.after(() => agent.destroy());
  /** Whether every replica sends the treatment's users to the control; undefined while they may differ. */
  let isStopped: boolean | undefined = false;
  let isOver = false;
  const counts = { before: 0, between: 0, after: 0 };
  const wrong: string[] = [];

  async function call(number: number): Promise<void> {
    const user = `user-${number % USERS}`;
    const before = isStopped;
    const { url } = replicas[number % replicas.length] as RunningProxy;
    const { status, body } = await ask(url, user, agent).catch((error: Error) => ({
      status: 0,
      body: error.message,
    }));
    if (status !== 200) return void wrong.push(`${status} ${body}`);
    const own = NAMES[assign(user).variant] as string;
    const isSettled = before !== undefined && before === isStopped;
    counts[isSettled ? (before ? "after" : "before") : "between"]++;
    const allowed = own !== "treatment" ? [own] : isSettled ? [before ? "control" : own] : [own, "control"];
    if (!allowed.includes(body)) wrong.push(`${user} of ${own} got ${body}, stopped: ${before}`);
  }
  let number = 0;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!isOver) await call(number++);
  });
  const more = async (requests: number) => {
    const until = number + requests;
    while (number < until) await new Promise((resolve) => setImmediate(resolve));
  };

  await more(1_000);
  isStopped = undefined;
  stopTreatment(judge, yaml);
  await Promise.all(replicas.map(untilStopped));
  isStopped = true;
  await more(1_000);
  judge.failsWith = 503;
  for (const replica of replicas) {
    while ((await replica.metric("ab_judge_reachable")) !== 0)
      await new Promise((resolve) => setImmediate(resolve));
    await replica.write(write(WEIGHTS).replace("poll: 100ms", "poll: 200ms"));
    assert.equal((await replica.reload()).result, "swapped");
  }
  await more(500);
  isOver = true;
  await Promise.all(callers);
  assert.deepEqual(wrong, []);
  for (const replica of replicas) assert.deepEqual(await weights(replica), [0, 0.7, 0.3]);
  t.diagnostic(JSON.stringify(counts));
});

test("a new replica and a restart know a stop, of the judge or of the file; a new phase does not", async (t) => {
  const { judge, write } = await startAll(t);
  const yaml = write(WEIGHTS);
  const first = await startProxy(t, yaml);
  stopTreatment(judge, yaml);
  await untilStopped(first);
  const added = await startProxy(t, yaml);
  assert.deepEqual(await weights(added), [0, 0.7, 0.3]);
  await first.stop();
  judge.failsWith = 503;
  const restarted = await startProxy(t, yaml);
  assert.equal(await restarted.metric("ab_judge_reachable"), 0);
  assert.deepEqual(await weights(restarted), [0, 0.7, 0.3]);
  const inBucket = { model_version: "control", stratum: "0/70/30" };
  assert.equal(await restarted.metric("ab_bucket_requests_total", inBucket), 0);
  const next = await startProxy(t, write(WEIGHTS, judge.url, 2));
  assert.deepEqual(await weights(next), [0.3, 0.4, 0.3]);
});
