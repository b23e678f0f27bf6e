import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import test, { type TestContext } from "node:test";
import type { MaskedSnapshot, OpenSnapshot } from "../../proxy/src/page/snapshot.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const TOKEN = "a-token-of-this-listener";
const MASKED = `admin: { token: ${TOKEN}, page: masked }`;

interface Model {
  readonly positive: number;
  readonly negative: number;
  readonly more?: string;
}

function worker(model: string, { positive, negative, more = "" }: Model): RequestListener {
  const line = (label: string, count: number) =>
    `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="${label}"} ${count}\n`;
  const memory = `model_memory_usage_bytes{model_version="${model}"} 123456789\n`;
  return ({ url }, response) =>
    void response.end(
      url === "/metrics" ? line("positive", positive) + line("negative", negative) + memory + more : "{}",
    );
}

async function startMasked(t: TestContext) {
  const neutral =
    'sentiment_requests_total{model_version="osprey",status="200",sentiment_label="neutral"} 777\n';
  const kestrel = await startUpstream(t, worker("kestrel", { positive: 70_000, negative: 30_000 }));
  const osprey = await startUpstream(
    t,
    worker("osprey", { positive: 4_000, negative: 6_000, more: neutral }),
  );
  const proxy = await startProxy(
    t,
    configuration({ kestrel: kestrel.url, osprey: osprey.url }, [83, 17], MASKED),
  );
  return { proxy, addresses: [kestrel.url, osprey.url].map((url) => new URL(url).port) };
}

test("masked page: neither bytes nor token tell a variant, whoever asks and whatever path", async (t) => {
  const { proxy, addresses } = await startMasked(t);
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(proxy.admin + path, { headers });
    return { status: answer.status, text: JSON.stringify([...answer.headers]) + (await answer.text()) };
  };
  const telling = ["kestrel", "osprey", "neutral", "777", "83", "17", "123456789", ...addresses];
  const shown = await ask("/page/snapshot");
  assert.equal(shown.status, 200);
  const { variants } = JSON.parse(shown.text.slice(shown.text.indexOf("]{") + 1)) as MaskedSnapshot;
  assert.deepEqual(
    variants.map(({ name, labelShares }) => [name, Object.keys(labelShares)]),
    ["X", "Y"].map((name) => [name, ["negative", "positive"]]),
  );
  const withToken = await ask("/page/snapshot", { authorization: `Bearer ${TOKEN}` });
  for (const { text } of [shown, withToken]) {
    const {
      at: _at,
      nextAt: _nextAt,
      ...rest
    } = JSON.parse(text.slice(text.indexOf("]{") + 1)) as MaskedSnapshot;
    for (const word of telling) assert.ok(!JSON.stringify(rest).includes(word), `${word} in ${text}`);
  }
  for (const path of [
    "/metrics",
    "/config",
    "/upstreams",
    "/explain?id=alice",
    "/page/snapshot/../../config",
    "/page/../metrics",
  ]) {
    const { status, text } = await ask(path);
    assert.equal(status, 401, path);
    for (const word of ["kestrel", "osprey"]) assert.ok(!text.includes(word), path);
  }
  for (const path of ["/", "/page/nothing", "/page/snapshot?x", "/page/snapshot/", "/page/snapshot%00"])
    for (const word of ["kestrel", "osprey"]) assert.ok(!(await ask(path)).text.includes(word), path);
  assert.equal((await fetch(`${proxy.admin}/-/reload`, { method: "POST" })).status, 401);
});

test("masked page: a worker that is slow, gone or nonsense does not change what the page answers, whichever it is of", async (t) => {
  const answers = new Map<string, RequestListener>([
    ["slow", () => undefined],
    ["gone", (request) => void request.socket.destroy()],
    ["nonsense", (_, response) => void response.writeHead(500).end("osprey failed")],
  ]);
  const shown = await Promise.all(
    [...answers].flatMap(([, sick]) =>
      [0, 1].map(async (which) => {
        const well = await startUpstream(t, worker("x", { positive: 5_000, negative: 5_000 }));
        const ill = await startUpstream(t, sick);
        const [kestrel, osprey] = which === 0 ? [ill, well] : [well, ill];
        const names = { kestrel: kestrel.url, osprey: osprey.url };
        const proxy = await startProxy(t, configuration(names, [50, 50], MASKED));
        const snapshot = (await (await fetch(`${proxy.admin}/page/snapshot`)).json()) as MaskedSnapshot;
        return { ...snapshot, at: 0, nextAt: 0 };
      }),
    ),
  );
  for (const one of shown) assert.deepEqual(one, shown[0]);
});

test("path traversal: no path leads out of the page's files", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(t, configuration({ a: url }, [100], `admin: { token: ${TOKEN} }`));
  const port = Number(new URL(proxy.admin).port);
  for (const path of [
    "/page/../page.ts",
    "/page/..%2fpage.ts",
    "/page/%2e%2e/page.ts",
    "/page/..\\page.ts",
    "/page//etc/passwd",
    "/page/./../../../../etc/passwd",
    "/page/index.html/..",
    "/page/uplot.js/../../../package.json",
    "/page/tsconfig.json",
    "/page/moves.test.ts",
    "/page/uplot.cjs.js",
    "/page/__proto__",
    "/page/constructor",
    "/page/",
    "/page/%00",
    "/page/main.ts%00.css",
    "http://elsewhere/page/../config",
  ]) {
    // As it stands: `fetch` would resolve the dots.
    const { status } = await exchangeRaw(port, rawRequest("GET", path, { host: `127.0.0.1:${port}` }));
    assert.ok(status === 404 || status === 401, `${path}: ${status}`);
  }
});

test("DNS rebinding: a page from elsewhere gets neither the files nor the snapshot", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const port = Number(new URL(proxy.admin).port);
  for (const path of ["/", "/page/moves.ts", "/page/snapshot"]) {
    for (const fields of [
      { host: `evil.example:${port}` },
      { host: `127.0.0.1:${port}`, origin: "http://evil.example" },
      { host: `127.0.0.1:${port}`, origin: "null" },
    ])
      assert.equal((await exchangeRaw(port, rawRequest("GET", path, fields))).status, 403, path);
    const embedded = await fetch(proxy.admin + path);
    assert.equal(embedded.headers.get("cross-origin-resource-policy"), "same-origin");
    await embedded.arrayBuffer();
  }
});

test("huge /metrics: an endless answer is cut off, the others are shown, and memory is bounded", async (t) => {
  let sentBytes = 0;
  const line = Buffer.from(
    `sentiment_requests_total{model_version="a",status="200",sentiment_label="${"x".repeat(900)}"} 1\n`.repeat(
      64,
    ),
  );
  const endless = await startUpstream(t, (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write(line)) sentBytes += line.length;
    };
    response.on("drain", write);
    write();
  });
  const well = await startUpstream(t, worker("b", { positive: 1, negative: 2 }));
  const proxy = await startProxy(t, configuration({ a: endless.url, b: well.url }, [50, 50]));
  const { workers } = (await (await fetch(`${proxy.admin}/page/snapshot`)).json()) as OpenSnapshot;
  assert.match(workers[0]?.problem ?? "", /more than 8388608 bytes|nothing within 1500 ms/);
  assert.deepEqual(workers[1]?.numbers?.predictions, { 200: { positive: 1, negative: 2 } });
  assert.ok(sentBytes < 64 * 1024 * 1024, `${sentBytes} bytes were sent`);
});

test("slow worker: who drips its metrics or never answers is given up, the others are shown", async (t) => {
  const silent = await startUpstream(t, () => undefined);
  const dripping = await startUpstream(t, (_, response) => {
    const timer = setInterval(() => response.write("sentiment_requests_total 1\n"), 50);
    response.once("close", () => clearInterval(timer));
  });
  const well = await startUpstream(t, worker("c", { positive: 1, negative: 2 }));
  const names = { a: silent.url, b: dripping.url, c: well.url };
  const proxy = await startProxy(t, configuration(names, [30, 30, 40]));
  const { workers } = (await (await fetch(`${proxy.admin}/page/snapshot`)).json()) as OpenSnapshot;
  for (const { problem } of workers.slice(0, 2)) assert.match(problem ?? "", /nothing within 1500 ms/);
  assert.deepEqual(workers[2]?.numbers?.predictions, { 200: { positive: 1, negative: 2 } });
});
