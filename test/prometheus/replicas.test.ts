import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { openBalancer } from "../faults/balancer.ts";
import { createRandom } from "../support/random.ts";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { assertInstalled, eventually, startPrometheus } from "./prometheus.ts";

const REPLICAS = 3;
const TIME_SCALE = 1 / 60;
const AT_ONCE = 20;
const SEED = 20_261_121;
const random = createRandom(SEED);
const ids = Array.from({ length: 1_000 }, (_, index) => `unit-${index}-${Math.floor(random() * 1e9)}`);

interface Explained {
  readonly bucket: number;
  readonly analysis_bucket: number;
  readonly variant: string;
}

before(assertInstalled);

async function startReplicas(t: TestContext) {
  const upstreams: Record<string, string> = {};
  for (const name of ["a", "b"]) {
    const { url } = await startUpstream(t, (_, response) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify({ name })),
    );
    upstreams[name] = url;
  }
  const yaml = (a: number) => configuration(upstreams, [a, 100 - a]);
  const replicas: RunningProxy[] = [];
  for (let started = 0; started < REPLICAS; started++) replicas.push(await startProxy(t, yaml(50)));
  return { replicas, yaml };
}

async function explain({ admin }: RunningProxy, id: string): Promise<Explained> {
  return (await (await fetch(`${admin}/explain?id=${id}`)).json()) as Explained;
}

/** In the order of the ids, some of them at a time. */
async function explainAll(replica: RunningProxy): Promise<readonly Explained[]> {
  const explained: Explained[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE)
    explained.push(...(await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => explain(replica, id)))));
  return explained;
}

async function follow(replica: RunningProxy, yaml: string): Promise<void> {
  await replica.write(yaml);
  assert.equal((await replica.reload()).result, "swapped");
}

/** Over a connection of its own, so that the balancer passes it to the next replica. */
function askOnce(port: number, id: string): Promise<string> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, agent, headers: { "x-user-id": id } }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve((JSON.parse(text) as { name: string }).name);
    })
      .on("error", reject)
      .end();
  });
}

test(`three replicas give the same unit the same variant (seed ${SEED})`, async (t) => {
  const { replicas } = await startReplicas(t);
  const [expected = [], ...others] = await Promise.all(replicas.map(explainAll));
  for (const other of others) assert.deepEqual(other, expected);
  const counts = Object.groupBy(expected, ({ variant }) => variant);
  for (const name of ["a", "b"]) assert.ok((counts[name]?.length ?? 0) > ids.length / 3, name);
  assert.equal(expected.length, ids.length);

  await t.test("and behind a balancer nobody notices which of them answers", async (t) => {
    const balancer = await openBalancer(replicas.map(({ port }) => port));
    t.after(() => balancer.close());
    for (const [index, id] of ids.slice(0, 200).entries())
      for (let turn = 0; turn < REPLICAS; turn++)
        assert.equal(await askOnce(balancer.port, id), expected[index]?.variant, id);
    for (const replica of replicas)
      assert.equal(await replica.metric("ab_requests_total", { status: "200" }), 200);
  });
});

test("a replica that lags a configuration raises ABConfigSkew, until it follows", async (t) => {
  const { replicas, yaml } = await startReplicas(t);
  const lagging = replicas.at(-1) ?? assert.fail("no replica");
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-replicas-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeRuleFiles(folder, { timeScale: TIME_SCALE });
  const prometheus = await startPrometheus(
    t,
    JSON.stringify({
      global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "500ms" },
      rule_files: [join(folder, "alerts/*.yml")],
      scrape_configs: [
        {
          job_name: "ab-proxy",
          static_configs: [{ targets: replicas.map(({ admin }) => new URL(admin).host) }],
        },
      ],
    }),
  );
  const skew = async (state: string) =>
    (await prometheus.query(`ALERTS{alertname="ABConfigSkew", alertstate="${state}"}`)).length;
  await eventually("all replicas are scraped, and agree", async () => {
    const seen = await prometheus.query(
      "count(ab_config_info) == 3 and count(count by (config_hash) (ab_config_info)) == 1",
    );
    return seen.length === 1 ? true : undefined;
  });
  assert.equal(await skew("firing"), 0);

  for (const replica of replicas) if (replica !== lagging) await follow(replica, yaml(60));
  const [ahead = [], behind = []] = await Promise.all([replicas[0] ?? lagging, lagging].map(explainAll));
  for (const [index, { bucket, variant }] of ahead.entries())
    assert.equal(variant !== behind[index]?.variant, bucket >= 50 && bucket < 60, `${ids[index]}, ${bucket}`);
  await eventually("ABConfigSkew fires", async () => ((await skew("firing")) === 1 ? true : undefined));

  await follow(lagging, yaml(60));
  await eventually("ABConfigSkew ends", async () => ((await skew("firing")) === 0 ? true : undefined));
  assert.deepEqual(await explainAll(lagging), ahead);
});
