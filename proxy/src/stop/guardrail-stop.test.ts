import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { NOBODY_STOPPED, type StandInJudge, startJudge } from "../../../test/support/stand-in-judge.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { parseConfig } from "../config/load.ts";
import { fingerprintOf, lettersOf } from "../experiment/letters.ts";

const FIFTY = [50, 50] as const;

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

/** Two services that say their names, and a configuration that asks the judge for stops. */
async function startServices(t: TestContext) {
  const [a, b] = await Promise.all(
    ["a", "b"].map((name) => startUpstream(t, (_request, response) => void response.end(name))),
  );
  return (judge: string, { mode = "on", weights = FIFTY as readonly number[], more = "" } = {}) =>
    configuration(
      { a: a?.url ?? "", b: b?.url ?? "" },
      weights,
      `judge: { url: "${judge}", stop: ${mode}, poll: 100ms${more} }`,
    );
}

/** Of b, the treatment. */
function stopOf(yaml: string, phase = 1) {
  const letters = lettersOf(parseConfig(yaml, "x.yaml", {}, {}).config);
  return { ...NOBODY_STOPPED, phase, stopped: [letters.get("b")] };
}

const weightOf = (proxy: Awaited<ReturnType<typeof startProxy>>) =>
  proxy.metric("ab_variant_weight_ratio", { model_version: "b" });

test("a treatment that the judge stops gets nobody; everybody can see it, and why", async (t) => {
  const judge = await startJudge(t);
  const yaml = (await startServices(t))(judge.url);
  const proxy = await startProxy(t, yaml);
  // bob falls into bucket 66, so that he belongs to b.
  const ask = async () => (await fetch(proxy.url, { headers: { "x-user-id": "bob" } })).text();
  assert.equal(await ask(), "b");
  assert.equal(await proxy.metric("ab_guardrail_stopped"), 0);
  const hash = async () => ((await (await fetch(`${proxy.admin}/config`)).json()) as { hash: string }).hash;
  const before = await hash();
  judge.notice = stopOf(yaml);
  await until(async () => (await weightOf(proxy)) === 0);
  assert.equal(await ask(), "a");

  assert.equal(await proxy.metric("ab_guardrail_stopped", { model_version: "b", phase: "1" }), 1);
  assert.equal(await proxy.metric("ab_guardrail_stopped", { model_version: "a" }), 0);
  assert.equal(await proxy.metric("ab_judge_reachable"), 1);
  assert.equal(await proxy.metric("ab_variant_weight_ratio", { model_version: "a" }), 1);
  assert.equal(await proxy.metric("ab_bucket_requests_total", { model_version: "b", stratum: "50/50" }), 1);
  assert.equal(await proxy.metric("ab_bucket_requests_total", { model_version: "a", stratum: "100/0" }), 1);
  assert.notEqual(await hash(), before);
  assert.equal(await proxy.metric("ab_config_info", { config_hash: await hash() }), 1);
  const shown = (await (await fetch(`${proxy.admin}/config`)).json()) as {
    weights: unknown;
    stopped: { variant: string; at: string; why: string }[];
    reloads: { trigger: string; result: string }[];
  };
  assert.deepEqual(shown.weights, { a: 100, b: 0 });
  assert.deepEqual(
    shown.stopped.map(({ variant, at }) => [variant, at]),
    [["b", "1970-01-01T00:00:01.000Z"]],
  );
  assert.match(shown.stopped[0]?.why ?? "", /guardrail.*users get the control until experiment\.phase/);
  assert.deepEqual(
    shown.reloads.map(({ trigger, result }) => [trigger, result]),
    [["stop", "swapped"]],
  );
  const explained = (await (await fetch(`${proxy.admin}/explain?id=bob`)).json()) as Record<string, string>;
  assert.equal(explained.variant, "a");
  assert.match(
    explained.why ?? "",
    /b owns the buckets 50 to 99 \(weight 50\)\. The judge has stopped b .*control, a\./,
  );
  assert.match(proxy.log.join(""), /the judge has stopped variants: their users get the control/);
  assert.match(proxy.log.join(""), /"changes":\[\{"path":"stopped","from":\[\],"to":\["b"\]\}\]/);
});

test("a reload of the same phase keeps a stop, whatever the judge says then; a new phase lifts it", async (t) => {
  const judge = await startJudge(t);
  const yaml = await startServices(t);
  const proxy = await startProxy(t, yaml(judge.url));
  judge.notice = stopOf(yaml(judge.url));
  await until(async () => (await weightOf(proxy)) === 0);
  judge.notice = NOBODY_STOPPED;
  await proxy.write(yaml(judge.url, { weights: [70, 30] }));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal(await weightOf(proxy), 0);
  const asked = judge.asked;
  await until(() => judge.asked > asked + 2);
  assert.equal(await weightOf(proxy), 0);
  const phase2 = yaml(judge.url).replace("name: test", "name: test, phase: 2");
  await proxy.write(phase2);
  await proxy.reload();
  assert.equal(await weightOf(proxy), 0.5);
  // Of the phase before: the judge has not noticed yet.
  judge.notice = stopOf(phase2, 1);
  const asked2 = judge.asked;
  await until(() => judge.asked > asked2 + 2);
  assert.equal(await weightOf(proxy), 0.5);
  judge.notice = stopOf(phase2, 2);
  await until(async () => (await weightOf(proxy)) === 0);
});

test("a dry run says who would be stopped, and moves nobody; a reload makes it earnest", async (t) => {
  const judge = await startJudge(t);
  const yaml = await startServices(t);
  const proxy = await startProxy(t, yaml(judge.url, { mode: "dry-run" }));
  judge.notice = stopOf(yaml(judge.url));
  await until(async () => (await proxy.metric("ab_guardrail_stopped", { model_version: "b" })) === 1);
  assert.equal(await weightOf(proxy), 0.5);
  assert.match(proxy.log.join(""), /this is a dry run \(judge\.stop\), nobody moves/);
  const { stopped } = (await (await fetch(`${proxy.admin}/config`)).json()) as { stopped: unknown[] };
  assert.deepEqual(stopped, []);
  await proxy.write(yaml(judge.url));
  await proxy.reload();
  assert.equal(await weightOf(proxy), 0);
  await proxy.write(yaml(judge.url, { mode: "off" }));
  await proxy.reload();
  assert.equal(await weightOf(proxy), 0.5);
  assert.equal(await proxy.metric("ab_guardrail_stopped", { model_version: "b" }), 0);
  assert.equal(await proxy.metric("ab_judge_reachable"), undefined);
});

test("a judge that goes and comes back is said once each, and changes nothing", async (t) => {
  const judge = await startJudge(t);
  const yaml = (await startServices(t))(judge.url);
  judge.notice = stopOf(yaml);
  const proxy = await startProxy(t, yaml);
  assert.equal(await weightOf(proxy), 0);
  judge.failsWith = 500;
  await until(async () => (await proxy.metric("ab_judge_reachable")) === 0);
  const asked = judge.asked;
  await until(() => judge.asked > asked + 3);
  assert.equal(await weightOf(proxy), 0);
  judge.failsWith = undefined;
  await until(async () => (await proxy.metric("ab_judge_reachable")) === 1);
  const said = (text: string) => proxy.log.filter((line) => line.includes(text)).length;
  assert.deepEqual([said("the judge does not answer"), said("the judge answers")], [1, 2]);
});

/** Asked before it listens: no request is served by the weights of the file. */
test("a start asks the judge first; without an answer the file says who is stopped", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-stops-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "stops.json");
  const judge = await startJudge(t);
  const yaml = await startServices(t);
  const more = `, stop_file: "${file}"`;
  judge.notice = stopOf(yaml(judge.url));
  const first = await startProxy(t, yaml(judge.url, { more }));
  assert.equal(await weightOf(first), 0);
  await until(async () => first.log.some((line) => line.includes("started")));
  await first.stop();

  const away = await unusedUrl();
  const second = await startProxy(t, yaml(away, { more }));
  assert.equal(await weightOf(second), 0);
  const withoutFile = await startProxy(t, yaml(away));
  assert.equal(await weightOf(withoutFile), 0.5);
  assert.match(withoutFile.log.join(""), /the judge does not answer: stops stay as they are/);
  await writeFile(file, "none of ours");
  const broken = await startProxy(t, yaml(away, { more }));
  assert.equal(await weightOf(broken), 0.5);
  assert.match(broken.log.join(""), /stops of before cannot be read \(judge\.stop_file\)/);
});

test("a judge that keeps silent holds a start up for two seconds, and no longer", async (t) => {
  const judge: StandInJudge = await startJudge(t);
  judge.isSilent = true;
  const proxy = await startProxy(t, (await startServices(t))(judge.url));
  assert.match(proxy.log.join(""), /nothing within 2000 ms/);
  assert.equal(await weightOf(proxy), 0.5);
});

test("stops that cannot be kept are in force all the same, and said once", async (t) => {
  const judge = await startJudge(t);
  const yaml = (await startServices(t))(judge.url, { more: ', stop_file: "/proc/nowhere/stops.json"' });
  const proxy = await startProxy(t, yaml);
  judge.notice = stopOf(yaml);
  await until(async () => (await weightOf(proxy)) === 0);
  const asked = judge.asked;
  await until(() => judge.asked > asked + 3);
  assert.equal(proxy.log.filter((line) => line.includes("stops cannot be kept")).length, 1);
});

test("a judge whose letters mean others stops nobody, and is told of as one that does not answer", async (t) => {
  const judge = await startJudge(t);
  const yaml = (await startServices(t))(judge.url);
  const proxy = await startProxy(t, yaml);
  const { config } = parseConfig(yaml, "x.yaml", {}, {});
  const other = { ...config, admin: { ...config.admin, token: "a token of its own" } };
  judge.notice = { ...stopOf(yaml), fingerprint: fingerprintOf(other) };
  await until(async () => (await proxy.metric("ab_judge_reachable")) === 0);
  const asked = judge.asked;
  await until(() => judge.asked > asked + 3);
  assert.equal(await weightOf(proxy), 0.5);
  const refused = proxy.log.filter((line) => line.includes("what the judge says is refused"));
  assert.equal(refused.length, 1);
  assert.match(refused.join(""), /same admin\.token, experiment\.salt and names of variants/);
  judge.notice = { ...stopOf(yaml), fingerprint: fingerprintOf(config) };
  await until(async () => (await weightOf(proxy)) === 0);
  assert.equal(await proxy.metric("ab_judge_reachable"), 1);
});

test("a letter that no treatment has is an error in the log, once", async (t) => {
  const judge = await startJudge(t);
  const yaml = (await startServices(t))(judge.url);
  const control = lettersOf(parseConfig(yaml, "x.yaml", {}, {}).config).get("a");
  const proxy = await startProxy(t, yaml);
  judge.notice = { ...stopOf(yaml), stopped: [control, "Q"] };
  await until(() => proxy.log.some((line) => line.includes("letters that no treatment has here")));
  const asked = judge.asked;
  await until(() => judge.asked > asked + 3);
  const said = proxy.log.filter((line) => line.includes("letters that no treatment has here"));
  assert.deepEqual([said.length, await weightOf(proxy)], [1, 0.5]);
  assert.match(said.join(""), new RegExp(`"letters":"${control},Q"`));
});
