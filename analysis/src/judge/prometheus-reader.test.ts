import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../../proxy/src/config/load.ts";
import { startUpstream } from "../../../test/support/upstream.ts";
import { PrometheusClient, type Series } from "./prometheus-client.ts";
import { PrometheusReader } from "./prometheus-reader.ts";
import type { Step } from "./step.ts";

const STEP_MS = 10_000;
const HOUR_MS = 3_600_000;
const BASE = 1_800_000_000_000;
const { config } = parseConfig(
  [
    'experiment: { name: "shop", phase: 3 }',
    "variants:",
    '  - { name: first.one, weight: 50, upstreams: ["http://a"] }',
    '  - { name: second, weight: 50, upstreams: ["http://b"] }',
    "",
  ].join("\n"),
  "x.yaml",
  {},
  {},
);

interface Asked {
  readonly query: string;
  /** Milliseconds; both are the moment of an instant query. */
  readonly from: number;
  readonly to: number;
}

type Answer = readonly Series[] | string;

/** @param answer series of a query, or a text that refuses it */
async function start(t: TestContext, answer: (asked: Asked) => Answer) {
  const { url } = await startUpstream(t, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.once("end", () => {
      const form = new URLSearchParams(body);
      const read = (name: string) => Number(form.get(name)) * 1000;
      const isRange = form.has("start");
      const found = answer({
        query: form.get("query") ?? "",
        from: read(isRange ? "start" : "time"),
        to: read(isRange ? "end" : "time"),
      });
      if (typeof found === "string") {
        response.writeHead(422).end(JSON.stringify({ status: "error", error: found }));
        return;
      }
      response.end(JSON.stringify({ status: "success", data: { resultType: "matrix", result: found } }));
    });
  });
  const client = new PrometheusClient(url, { attempts: 1 });
  t.after(() => client.stop());
  return new PrometheusReader(client, config, STEP_MS);
}

const TARGET = { job: "ab-proxy", instance: "a:8081", pod: "proxy-1" };
const COUNTER = {
  __name__: "ab_bucket_requests_total",
  experiment: "shop",
  phase: "3",
  bucket: "07",
  ...TARGET,
};

/** A series with one value for each whole multiple of the step within what was asked for. */
function along(
  { from, to }: Asked,
  metric: Series["metric"],
  value: (at: number) => number | undefined,
): Series {
  const values: [number, string][] = [];
  for (let at = from; at <= to; at += STEP_MS) {
    const found = value(at);
    if (found !== undefined) values.push([at / 1000, String(found)]);
  }
  return { metric, values };
}

/** One gateway that counts one a step. */
function steady(asked: Asked): Answer {
  const { query } = asked;
  if (query.startsWith("up ") && query.includes("ab_expected"))
    return [along(asked, { __name__: "up", ...TARGET }, () => 1)];
  if (query.startsWith("ab_config_info"))
    return [along(asked, { __name__: "ab_config_info", config_hash: "h", ...TARGET }, () => 1)];
  if (query.startsWith('{__name__=~"ab_')) return [along(asked, COUNTER, (at) => (at - BASE) / STEP_MS)];
  return [];
}

async function readAll(reader: PrometheusReader, from: number, to: number): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const step of reader.read(from, to)) steps.push(step);
  return steps;
}

test("each step is a reading of every target, without the labels that are the target's", async (t) => {
  const reader = await start(t, steady);
  const steps = await readAll(reader, BASE + STEP_MS, BASE + 3 * STEP_MS);
  assert.deepEqual(
    steps.map(({ at, isLook, readings }) => [at - BASE, isLook, readings.length]),
    [10_000, 20_000, 30_000].map((at) => [at, true, 1]),
  );
  assert.deepEqual(steps[1]?.readings[0]?.processes, [
    {
      process: "a:8081",
      tier: "gateway",
      samples: [
        { name: "ab_config_info", labels: { config_hash: "h" }, value: 1 },
        {
          name: "ab_bucket_requests_total",
          labels: { experiment: "shop", phase: "3", bucket: "07" },
          value: 2,
        },
      ],
    },
  ]);
});

test("queries name experiment, phase and variants exactly", async (t) => {
  const queries = new Set<string>();
  const reader = await start(t, (asked) => {
    queries.add(asked.query);
    return steady(asked);
  });
  await readAll(reader, BASE, BASE);
  const text = [...queries].join("\n");
  assert.match(text, /ab_bucket_confusion_total.*experiment="shop", phase="3"\}/);
  assert.match(text, /model_version=~"first\\\\\.one\|second"/);
});

test("a target that was down was not read; one that Prometheus does not know of is not there", async (t) => {
  const reader = await start(t, (asked) => {
    const { query } = asked;
    if (query.startsWith("up ") && query.includes("ab_expected"))
      return [
        along(asked, { __name__: "up", ...TARGET }, (at) => [0, 1, 0, undefined][(at - BASE) / STEP_MS]),
      ];
    const isThere = (at: number) => (at === BASE + STEP_MS ? 5 : undefined);
    if (query.startsWith("ab_config_info"))
      return [along(asked, { __name__: "ab_config_info", ...TARGET }, isThere)];
    return [];
  });
  const steps = await readAll(reader, BASE, BASE + 3 * STEP_MS);
  assert.deepEqual(
    steps.map(({ readings }) => readings[0]?.processes.map(({ samples }) => samples?.length ?? "unread")),
    [["unread"], [1], ["unread"], []],
  );
});

test("where a counter fell, every scrape of the step is read, in order, and what is outside of it is not", async (t) => {
  const reader = await start(t, (asked) => {
    const { query, to } = asked;
    if (query.includes("resets("))
      return [
        along(asked, { job: "ab-proxy", instance: "a:8081" }, (at) =>
          at === BASE + STEP_MS ? 1 : undefined,
        ),
      ];
    if (query.endsWith("[10000ms]")) {
      assert.match(query, /job="ab-proxy", instance="a:8081"/);
      assert.equal(to, BASE + STEP_MS);
      const at = (ms: number): number => (BASE + ms) / 1000;
      return [
        {
          metric: COUNTER,
          values: [
            [at(0), "8"],
            [at(4_000), "9"],
            [at(7_000), "2"],
            [at(10_000), "3"],
          ],
        },
      ];
    }
    return steady(asked);
  });
  const [before, fallen] = await readAll(reader, BASE, BASE + STEP_MS);
  assert.equal(before?.readings.length, 1);
  assert.deepEqual(
    fallen?.readings.map(({ at, processes }) => [at - BASE, processes[0]?.samples?.at(-1)?.value]),
    [
      [4_000, 9],
      [7_000, 2],
      [10_000, 1],
    ],
  );
});

test("the journal that outcomes are counted by is read at each step and at each scrape between", async (t) => {
  const info = { __name__: "ab_outcome_journal_info", journal: "j", ...TARGET };
  const other = { ...info, instance: "b:8081" };
  const reader = await start(t, (asked) => {
    const { query } = asked;
    if (query.startsWith("ab_outcome_journal_info")) return [along(asked, info, () => 1)];
    if (query.includes("resets("))
      return ["a:8081", "b:8081"].map((instance) => along(asked, { job: "ab-proxy", instance }, () => 1));
    if (!query.endsWith("[10000ms]")) return steady(asked);
    assert.match(query, /experiment=~"shop\|", phase=~"3\|"/);
    const values: [number, string][] = [[(BASE - 4_000) / 1000, "1"]];
    // The other gateway runs another phase.
    return query.includes('"b:8081"')
      ? [{ metric: other, values }]
      : [
          { metric: COUNTER, values },
          { metric: info, values },
        ];
  });
  const [step] = await readAll(reader, BASE, BASE);
  assert.deepEqual(
    step?.readings.map(({ processes }) =>
      processes.map(({ process, samples }) => [process, samples?.map(({ labels }) => labels.journal ?? "")]),
    ),
    [[["a:8081", ["", "j"]]], [["a:8081", ["", "j", ""]]]],
  );
});

test("what is too much for one answer is read in shorter stretches, without a step twice or none", async (t) => {
  const lengths: number[] = [];
  const reader = await start(t, (asked) => {
    const length = (asked.to - asked.from) / STEP_MS + 1;
    if (asked.query.startsWith("up ")) lengths.push(length);
    return length > 3 ? "query processing would load too many samples into memory" : steady(asked);
  });
  const steps = await readAll(reader, BASE, BASE + 9 * STEP_MS);
  assert.deepEqual(
    steps.map(({ at }) => (at - BASE) / STEP_MS),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.ok(lengths.filter((length) => length > 3).length <= 4, lengths.join());
});

test("a single step that is too much, or any other refusal, is said", async (t) => {
  const reader = await start(t, () => "too many samples");
  await assert.rejects(readAll(reader, BASE, BASE + STEP_MS), /Prometheus refuses: too many samples/);
  const other = await start(t, () => "parse error");
  await assert.rejects(readAll(other, BASE, BASE + STEP_MS), /Prometheus refuses: parse error/);
});

test("the first step is the one that ends behind the phase's first sample", async (t) => {
  const hour = Math.ceil(BASE / HOUR_MS) * HOUR_MS;
  const first = hour - 25_000;
  const reader = await start(t, ({ query, from, to }) => {
    if (query.startsWith("count("))
      return [
        {
          metric: {},
          values: [
            [hour / 1000, "2"],
            [to / 1000, "2"],
          ],
        },
      ];
    assert.deepEqual([query.endsWith("[1h]"), from], [true, hour]);
    return [
      {
        metric: COUNTER,
        values: [
          [first / 1000, "0"],
          [(first + 5_000) / 1000, "4"],
        ],
      },
    ];
  });
  assert.equal(await reader.findFirst(hour + HOUR_MS), hour - 20_000);
  const empty = await start(t, () => []);
  assert.equal(await empty.findFirst(BASE), undefined);
});
