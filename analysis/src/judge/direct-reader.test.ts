import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../../proxy/src/config/load.ts";
import { INSTANCE_HEADER } from "../../../proxy/src/page/ask.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { DirectReader } from "./direct-reader.ts";
import { createLog } from "./log.ts";

const OF_PHASE = 'experiment="shop",phase="1",stratum="50/50",model_version="first",bucket="07"';

function metrics(text: string, instance?: string): RequestListener {
  return (request, response) => {
    request.resume();
    if (instance !== undefined) response.setHeader(INSTANCE_HEADER, instance);
    response.statusCode = request.url === "/metrics" ? 200 : 404;
    response.end(`${text}\n`);
  };
}

function gateway(requests: number): string {
  return [
    'ab_config_info{config_hash="abc",config_version="1"} 1',
    'ab_outcome_journal_info{journal="j"} 1',
    `ab_bucket_requests_total{${OF_PHASE}} ${requests}`,
    `ab_bucket_requests_total{${OF_PHASE.replace('phase="1"', 'phase="2"')}} 99`,
    `ab_bucket_requests_total{${OF_PHASE.replace("shop", "search")}} 99`,
    "process_cpu_seconds_total 1.5",
    "nodejs_eventloop_lag_p99_seconds 0.1",
  ].join("\n");
}

interface Setting {
  readonly gateways: readonly string[];
  readonly workers?: readonly [string, string];
  readonly more?: string;
}

async function read(t: TestContext, { gateways, workers, more = "" }: Setting) {
  const nowhere = await unusedUrl();
  const [first, second] = workers ?? [nowhere, nowhere];
  const { config } = parseConfig(
    [
      "experiment: { name: shop }",
      "variants:",
      `  - { name: first, weight: 50, upstreams: ["${first}/v1", "${first}/v2"] }`,
      `  - { name: second, weight: 50, upstreams: ["${second}"] }`,
      `judge: { gateways: [${gateways.map((url) => `"${url}"`).join(", ")}] }`,
      more,
      "",
    ].join("\n"),
    "x.yaml",
    {},
    {},
  );
  const reader = new DirectReader({ config, deadlineMs: 5_000, log: createLog("silent", 1) });
  t.after(() => reader.stop());
  const { processes } = await reader.read(1_000, new AbortController().signal);
  const of = (tier: string) => processes.filter((process) => process.tier === tier);
  return { gateways: of("gateway"), workers: of("worker") };
}

test("of a gateway the counts of the phase are read, and what says that it is one", async (t) => {
  const { url } = await startUpstream(t, metrics(gateway(4), "one"));
  const { gateways } = await read(t, { gateways: [url] });
  assert.equal(gateways.length, 1);
  assert.equal(gateways[0]?.process, `gateway ${new URL(url).host}`);
  assert.equal(gateways[0]?.instance, "one");
  assert.deepEqual(
    gateways[0]?.samples?.map(({ name, value }) => [name, value]),
    [
      ["ab_config_info", 1],
      ["ab_outcome_journal_info", 1],
      ["ab_bucket_requests_total", 4],
      ["process_cpu_seconds_total", 1.5],
    ],
  );
});

test("a gateway that two addresses lead to is one; two gateways are two", async (t) => {
  const one = await startUpstream(t, metrics(gateway(4), "one"));
  const same = await startUpstream(t, metrics(gateway(4), "one"));
  const other = await startUpstream(t, metrics(gateway(6), "two"));
  const { gateways } = await read(t, { gateways: [one.url, same.url, other.url] });
  assert.deepEqual(gateways.map(({ samples }) => samples?.[2]?.value).toSorted(), [4, 6]);
});

test("who does not answer, or is no gateway, was not read", async (t) => {
  const stranger = await startUpstream(t, metrics("up 1"));
  const { gateways } = await read(t, { gateways: [await unusedUrl(), stranger.url] });
  assert.deepEqual(
    gateways.map(({ samples }) => samples),
    [undefined, undefined],
  );
});

test("the operator's token is sent to gateways, and to no worker", async (t) => {
  const seen: Record<string, string | undefined> = {};
  const note =
    (name: string, answer: RequestListener): RequestListener =>
    (request, response) => {
      seen[name] = request.headers.authorization;
      answer(request, response);
    };
  const one = await startUpstream(t, note("gateway", metrics(gateway(1))));
  const worker = await startUpstream(t, note("worker", metrics("")));
  await read(t, {
    gateways: [one.url],
    workers: [worker.url, worker.url],
    more: "admin: { token: a-token-of-the-operator }",
  });
  assert.deepEqual(seen, { gateway: "Bearer a-token-of-the-operator", worker: undefined });
});

test("a worker is the variant's, whatever it calls itself; another's service without metrics says nothing", async (t) => {
  const worker = await startUpstream(
    t,
    metrics('model_memory_usage_bytes{model_version="bert"} 7\nprocess_cpu_seconds_total 2'),
  );
  const foreign = await startUpstream(t, (request, response) => {
    request.resume();
    response.writeHead(404).end();
  });
  const { workers } = await read(t, { gateways: [], workers: [worker.url, foreign.url] });
  assert.deepEqual(workers, [
    {
      process: `worker first ${new URL(worker.url).host}`,
      tier: "worker",
      samples: [
        { name: "model_memory_usage_bytes", labels: { model_version: "first" }, value: 7 },
        { name: "process_cpu_seconds_total", labels: {}, value: 2 },
      ],
    },
    { process: `worker second ${new URL(foreign.url).host}`, tier: "worker", samples: [] },
  ]);
});

test("a server of several models is read as the variant that it knows", async (t) => {
  const text = ["first", "second", "third"].map(
    (name, index) => `model_memory_usage_bytes{model_version="${name}"} ${index}`,
  );
  const both = await startUpstream(t, metrics(text.join("\n")));
  const others = await startUpstream(t, metrics(text.slice(0, 1).concat(text.slice(2)).join("\n")));
  const { workers } = await read(t, { gateways: [], workers: [both.url, others.url] });
  assert.deepEqual(
    workers.map(({ samples }) => samples?.map(({ value }) => value)),
    [[0], []],
  );
});
