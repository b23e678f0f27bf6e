import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import test, { type TestContext } from "node:test";
import type { MaskedSnapshot } from "../../proxy/src/page/snapshot.ts";
import { startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";
import { worker } from "../support/worker-metrics.ts";

const TOKEN = "a-token-of-this-listener";

/** Another gateway's /metrics, with counts that a test could never send: enough of every variant for shares. */
function gateway(requests: Readonly<Record<string, Readonly<Record<string, number>>>>): RequestListener {
  const lines = Object.entries(requests).flatMap(([variant, byStatus]) => [
    `ab_upstream_healthy{model_version="${variant}",upstream="a"} 1`,
    ...Object.entries(byStatus).map(
      ([status, count]) =>
        `ab_requests_total{experiment="test",model_version="${variant}",status="${status}"} ${count}`,
    ),
  ]);
  return (_, response) => {
    response.setHeader("x-blindsplit-instance", "another-gateway");
    response.end(`ab_config_info{config_hash="abcdef"} 1\n${lines.join("\n")}\n`);
  };
}

const KESTREL = { positive: 74_000, negative: 26_000 };
const OSPREY = {
  positive: 4_321,
  negative: 6_543,
  more: 'sentiment_requests_total{model_version="osprey",status="200",sentiment_label="neutral"} 77777\n',
};
/** 11.2 % and 0.3 % of errors: other classes, and counts whose digits stand nowhere else. */
const REQUESTS = { kestrel: { 200: 88_873, 503: 11_209 }, osprey: { 200: 10_957, 503: 33, 404: 6_161 } };

interface Parts {
  readonly kestrel: RequestListener;
  readonly osprey: RequestListener;
  readonly other: RequestListener;
  readonly weights: readonly [number, number];
  readonly token: string;
  readonly phase: number;
  /** Which of the two the file names first. */
  readonly first: "kestrel" | "osprey";
}

async function startMasked(t: TestContext, parts: Partial<Parts> = {}) {
  const { weights = [83, 17], token = TOKEN, phase = 1, first = "kestrel" } = parts;
  const kestrel = await startUpstream(t, parts.kestrel ?? worker("kestrel", KESTREL));
  const osprey = await startUpstream(t, parts.osprey ?? worker("osprey", OSPREY));
  const other = await startUpstream(t, parts.other ?? gateway(REQUESTS));
  const yaml = (atPhase: number) => {
    const lines = [
      `  - { name: kestrel, weight: ${weights[0]}, upstreams: ["${kestrel.url}"] }`,
      `  - { name: osprey, weight: ${weights[1]}, upstreams: ["${osprey.url}"] }`,
    ];
    return [
      `experiment: { name: test, phase: ${atPhase} }`,
      "variants:",
      ...(first === "kestrel" ? lines : lines.reverse()),
      `admin: { token: ${token}, page: masked, replicas: ["${other.url}"] }`,
      "",
    ].join("\n");
  };
  const proxy = await startProxy(t, yaml(phase));
  const addresses = [kestrel.url, osprey.url, other.url].map((url) => new URL(url).port);
  return { proxy, yaml, addresses };
}

const snapshotOf = async (admin: string) =>
  (await (await fetch(`${admin}/page/snapshot`)).json()) as MaskedSnapshot;

const timeless = (snapshot: MaskedSnapshot): MaskedSnapshot => ({
  ...snapshot,
  at: 0,
  nextAt: 0,
  reloads: [],
});

test("masked page: neither bytes nor token tell a variant, whoever asks and whatever path", async (t) => {
  const { proxy, addresses } = await startMasked(t);
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(proxy.admin + path, { headers });
    const text = await answer.text();
    return { status: answer.status, text, all: JSON.stringify([...answer.headers]) + text };
  };
  const counts = [KESTREL, OSPREY, ...Object.values(REQUESTS)].flatMap((one) =>
    Object.values(one).filter((value) => typeof value === "number"),
  );
  const instance = (
    await fetch(`${proxy.admin}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
  ).headers.get("x-blindsplit-instance");
  assert.ok(instance);
  const telling = [
    ...["kestrel", "osprey", "neutral", "77777", "83", "17", "0.83", "0.17", "123456789"],
    ...[...counts, 88_873 + 11_209, 10_957 + 33 + 6_161].map(String),
    ...[...addresses, new URL(proxy.admin).port, instance, "another-gateway", "instance"],
  ];
  const shown = await ask("/page/snapshot");
  assert.equal(shown.status, 200);
  const snapshot = JSON.parse(shown.text) as MaskedSnapshot;
  // Everything is shown that may be: with too few answers there would be nothing to search.
  assert.equal(snapshot.requests, 110_000);
  assert.deepEqual(
    new Set(
      snapshot.variants.map(({ errorShare, labelShares }) => JSON.stringify([errorShare, labelShares])),
    ),
    new Set([
      JSON.stringify([
        { atLeast: 0.1, below: 0.25 },
        { negative: 0.25, positive: 0.75 },
      ]),
      JSON.stringify([
        { atLeast: 0.001, below: 0.005 },
        { negative: 0.6, positive: 0.4 },
      ]),
    ]),
  );
  assert.deepEqual(
    snapshot.variants.map(({ name }) => name),
    ["X", "Y"],
  );
  const withToken = await ask("/page/snapshot", { authorization: `Bearer ${TOKEN}` });
  assert.equal(withToken.text, shown.text);
  const { at: _at, nextAt: _nextAt, ...rest } = snapshot;
  for (const word of telling) assert.ok(!JSON.stringify(rest).includes(word), `${word} in ${shown.text}`);
  for (const word of ["kestrel", "osprey", instance]) assert.ok(!shown.all.includes(word), word);
  for (const path of [
    "/metrics",
    "/config",
    "/upstreams",
    "/explain?id=alice",
    "/page/snapshot/../../config",
    "/page/../metrics",
  ]) {
    const { status, all } = await ask(path);
    assert.equal(status, 401, path);
    for (const word of ["kestrel", "osprey", instance]) assert.ok(!all.includes(word), path);
  }
  for (const path of ["/", "/page/nothing", "/page/snapshot?x", "/page/snapshot/", "/page/snapshot%00"])
    for (const word of ["kestrel", "osprey", instance])
      assert.ok(!(await ask(path)).all.includes(word), path);
  assert.equal((await fetch(`${proxy.admin}/-/reload`, { method: "POST" })).status, 401);
});

test("masked page: of two that differ in names, order and weights alone, every byte is the same", async (t) => {
  const swapped = {
    kestrel: worker("kestrel", OSPREY),
    osprey: worker("osprey", KESTREL),
    other: gateway({ kestrel: REQUESTS.osprey, osprey: REQUESTS.kestrel }),
  };
  const shown = await Promise.all([
    startMasked(t),
    startMasked(t, { first: "osprey" }),
    startMasked(t, { weights: [50, 50] }),
    startMasked(t, { weights: [0, 100] }),
    startMasked(t, swapped),
  ]).then((all) => Promise.all(all.map(({ proxy }) => snapshotOf(proxy.admin))));
  const [first, turned, even, zero, names] = shown.map(timeless);
  assert.deepEqual(turned, first);
  assert.deepEqual(even, first);
  assert.deepEqual(zero, first);
  // The names keep their letters, so that here the letters change places and nothing else does.
  const shares = (snapshot: MaskedSnapshot | undefined) =>
    snapshot?.variants.map(({ name: _, ...rest }) => rest) ?? [];
  assert.deepEqual(shares(names).toReversed(), shares(first));
});

test("masked page: a worker that is slow, gone or nonsense takes the same from both letters, whichever it is of", async (t) => {
  const answers: readonly RequestListener[] = [
    () => undefined,
    (request) => void request.socket.destroy(),
    (_, response) => void response.writeHead(500).end("osprey failed"),
  ];
  // Under one kestrel is Y, under the other X.
  const tokens = [TOKEN, "another-token-of-it-all"];
  const well = await Promise.all(
    tokens.map(async (token) => snapshotOf((await startMasked(t, { token })).proxy.admin)),
  );
  const frequent = well.map(({ variants }) => variants.find(({ errorShare }) => errorShare?.atLeast === 0.1));
  assert.deepEqual(new Set(frequent.map((one) => one?.name)), new Set(["X", "Y"]));
  const shown = await Promise.all(
    tokens.flatMap((token, index) =>
      answers.flatMap((sick) =>
        (["kestrel", "osprey"] as const).map(async (of) => {
          const { proxy } = await startMasked(t, { token, [of]: sick });
          return { index, snapshot: timeless(await snapshotOf(proxy.admin)) };
        }),
      ),
    ),
  );
  for (const { index, snapshot } of shown) {
    const before = timeless(well[index] ?? assert.fail());
    // Errors are the gateway's own count and stay; labels go, of both.
    const expected = before.variants.map((variant) => ({ ...variant, labelShares: {} }));
    assert.deepEqual(snapshot, { ...before, variants: expected });
  }
});

test("masked page: another phase changes no letter, and shows nothing of the one before", async (t) => {
  const { proxy, yaml } = await startMasked(t);
  const first = await snapshotOf(proxy.admin);
  for (const phase of [2, 3]) {
    await proxy.write(yaml(phase));
    await proxy.reload();
    const { experiment, variants } = await snapshotOf(proxy.admin);
    assert.deepEqual([experiment.phase, variants], [phase, first.variants]);
  }
});
