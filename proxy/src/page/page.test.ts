import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { exchangeRaw, rawRequest } from "../../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { createCertificate } from "../listen/test-certificate.ts";
import type { GatewayVariantNumbers, OpenSnapshot } from "./snapshot.ts";

const TOKEN = "a-token-of-this-listener";

const exposition = (model: string, positive: number) =>
  `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="positive"} ${positive}\n`;

/** A worker as far as a page sees it. */
const worker =
  (model: string, positive = 1): RequestListener =>
  ({ url }, response) =>
    void response.end(url === "/metrics" ? exposition(model, positive) : "{}");

async function snapshotOf(admin: string, headers: Record<string, string> = {}): Promise<OpenSnapshot> {
  const answer = await fetch(`${admin}/page/snapshot`, { headers });
  assert.equal(answer.status, 200);
  return (await answer.json()) as OpenSnapshot;
}

/** Until those who ask no longer share the last one. */
async function waitForNextSnapshot(admin: string): Promise<void> {
  const { at } = await snapshotOf(admin);
  while ((await snapshotOf(admin)).at === at) await new Promise((resolve) => setImmediate(resolve));
}

async function start(t: TestContext, more = "") {
  const a = await startUpstream(t, worker("a"));
  const b = await startUpstream(t, worker("b"));
  return startProxy(t, configuration({ a: a.url, b: b.url }, [70, 30], more));
}

test("a snapshot has the variants, the gateway's numbers and the workers'", async (t) => {
  const proxy = await start(t);
  for (let user = 0; user < 20; user++)
    await (await fetch(proxy.url, { headers: { "x-user-id": `user ${user}` } })).text();
  const { variants, gateways, workers, experiment } = await snapshotOf(proxy.admin);
  assert.deepEqual(experiment, { name: "test", phase: 1 });
  assert.deepEqual(variants, [
    { name: "a", weight: 70, role: "control" },
    { name: "b", weight: 30, role: "treatment" },
  ]);
  assert.deepEqual(
    workers.map(({ variant, problem, numbers }) => [variant, problem, numbers?.predictions]),
    ["a", "b"].map((name) => [name, undefined, { 200: { positive: 1 } }]),
  );
  const [own, ...others] = gateways;
  assert.deepEqual(others, []);
  assert.equal(own?.address, new URL(proxy.admin).host);
  for (const name of ["a", "b"]) {
    const numbers: GatewayVariantNumbers | undefined = own?.numbers?.variants[name];
    assert.ok(numbers);
    const requests = await proxy.metric("ab_requests_total", { model_version: name, status: "200" });
    assert.deepEqual(numbers.requests, { 200: requests });
    assert.equal(numbers.assignments, requests);
    assert.equal(numbers.exposures, requests);
    assert.equal(numbers.duration.cumulated.at(-1), requests);
    const share = name === "a" ? 0.7 : 0.3;
    assert.ok(Math.abs(numbers.expectedAssignments - 20 * share) < 1e-9);
    assert.deepEqual([numbers.upstreamsHealthy, numbers.upstreams], [1, 1]);
  }
});

test("a service that is down, has no metrics or another's is shown with the reason", async (t) => {
  const silent = await startUpstream(t, (_, response) => void response.writeHead(404).end());
  const web = await startUpstream(t, (_, response) => void response.end("<html>"));
  const proxy = await startProxy(
    t,
    configuration(
      { a: await unusedUrl(), b: silent.url, c: web.url, d: "http://nowhere.invalid" },
      [25, 25, 25, 25],
    ),
  );
  const { workers } = await snapshotOf(proxy.admin);
  const problems = workers.map(({ problem }) => problem ?? "none");
  assert.match(problems[0] ?? "", /^It cannot be asked for GET \/metrics: connect ECONNREFUSED/);
  assert.equal(problems[1], "It answered 404 to GET /metrics.");
  assert.match(problems[2] ?? "", /has no sentiment_requests_total/);
  assert.match(problems[3] ?? "", /^Its name leads nowhere: /);
  assert.ok(workers.every(({ numbers }) => numbers === undefined));
});

test("a worker is asked at its origin, with the name, fields and certificate of the upstream", async (t) => {
  const { cert, key } = await createCertificate("model.test");
  const asked: unknown[] = [];
  const server = createTlsServer({ cert: cert.pem, key: key.pem }, ({ url, headers }, response) => {
    if (url === "/metrics") asked.push([headers.host, headers["x-key"]]);
    response.end(exposition("a", 5));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const upstream = `{ url: "https://127.0.0.1:${port}/v2/a", host: model.test, headers: { x-key: k }, tls: { verify: false } }`;
  const proxy = await startProxy(
    t,
    `experiment: { name: test }\nvariants: [{ name: a, weight: 100, upstreams: [${upstream}] }]\n`,
  );
  const { workers } = await snapshotOf(proxy.admin);
  assert.deepEqual(workers[0]?.numbers?.predictions, { 200: { positive: 5 } });
  assert.deepEqual(asked, [["model.test", "k"]]);
});

test("a name of both families is asked where it answers, and one process is not shown twice", async (t) => {
  const { url } = await startUpstream(t, worker("a"));
  const proxy = await startProxy(t, configuration({ a: url.replace("127.0.0.1", "localhost") }, [100]));
  const { workers } = await snapshotOf(proxy.admin);
  assert.deepEqual(
    workers.map(({ address, problem }) => [address, problem]),
    [[new URL(url).host, undefined]],
  );
});

test("other gateways are shown with their own configuration, and none meets itself", async (t) => {
  const upstream = await startUpstream(t, worker("a"));
  const other = await startUpstream(t, worker("b"));
  const names = { a: upstream.url, b: other.url };
  const admin = `admin: { token: ${TOKEN} }`;
  const lagging = await startProxy(t, configuration(names, [70, 30], admin));
  const second = await startProxy(t, configuration(names, [60, 40], admin));
  const listed = (urls: readonly string[]) =>
    configuration(names, [60, 40], `admin: { token: ${TOKEN}, replicas: ${JSON.stringify(urls)} }`);
  const proxy = await startProxy(t, listed([lagging.admin, second.admin]));
  await proxy.write(
    listed([
      proxy.admin,
      lagging.admin,
      second.admin,
      second.admin.replace("127.0.0.1", "localhost"),
      upstream.url,
    ]),
  );
  await proxy.reload();
  await (await fetch(second.url, { headers: { "x-user-id": "alice" } })).text();
  const { gateways } = await snapshotOf(proxy.admin, { authorization: `Bearer ${TOKEN}` });
  const shown = gateways.map(({ address, problem, numbers }) => [
    address,
    problem ?? Object.values(numbers?.variants ?? {}).map(({ weight }) => weight),
  ]);
  assert.deepEqual(shown[0], [new URL(proxy.admin).host, [60, 40]]);
  assert.deepEqual(
    new Map(shown as [string, unknown][]),
    new Map<string, unknown>([
      [new URL(proxy.admin).host, [60, 40]],
      [new URL(lagging.admin).host, [70, 30]],
      [new URL(second.admin).host, [60, 40]],
      [new URL(upstream.url).host, "It is no gateway."],
    ]),
  );
  const [own, ...others] = gateways;
  const hashes = new Set(others.flatMap(({ numbers }) => numbers?.configHash ?? []));
  assert.ok(hashes.has(own?.numbers?.configHash ?? ""));
  assert.equal(hashes.size, 2);
  // What a gateway reads of itself, another reads of it.
  const secondOwn = (await snapshotOf(second.admin, { authorization: `Bearer ${TOKEN}` })).gateways[0];
  const seen = gateways.find(({ address }) => address === secondOwn?.address);
  assert.deepEqual(seen?.numbers?.variants, secondOwn?.numbers?.variants);
});

test("a gateway that asks for another token is shown with that", async (t) => {
  const other = await start(t, `admin: { token: ${TOKEN} }`);
  const proxy = await start(t, `admin: { replicas: ["${other.admin}"] }`);
  const { gateways } = await snapshotOf(proxy.admin);
  assert.equal(gateways[1]?.problem, "It answered 401 to GET /metrics.");
});

test("a gateway is known by what it calls itself, also while it is silent, and every gateway calls it the same", async (t) => {
  const other = await start(t);
  const silent = await unusedUrl();
  const proxy = await start(t, `admin: { replicas: ["${other.admin}", "${silent}"] }`);
  const [otherOwn] = (await snapshotOf(other.admin)).gateways;
  const before = (await snapshotOf(proxy.admin)).gateways;
  assert.match(otherOwn?.instance ?? "", /^[\w-]{36}$/);
  assert.deepEqual(
    before.slice(1).map(({ address, instance }) => [address, instance]),
    [
      [new URL(other.admin).host, otherOwn?.instance],
      [new URL(silent).host, undefined],
    ],
  );
  assert.match(before[0]?.instance ?? "", /^[\w-]{36}$/);
  assert.notEqual(before[0]?.instance, otherOwn?.instance);
  await other.stop();
  await waitForNextSnapshot(proxy.admin);
  const [own, gone] = (await snapshotOf(proxy.admin)).gateways;
  assert.equal(own?.instance, before[0]?.instance);
  assert.deepEqual([gone?.address, gone?.instance], [new URL(other.admin).host, otherOwn?.instance]);
  assert.match(gone?.problem ?? "", /ECONNREFUSED/);
});

test("a listener on all addresses is shown by the one that it was asked at", async (t) => {
  const proxy = await start(t, "admin: { host: 0.0.0.0, token: a-token-of-this-listener }");
  const { host, port } = new URL(proxy.admin);
  const ask = async (named: string) => {
    const fields = { host: named, authorization: `Bearer ${TOKEN}` };
    const { body } = await exchangeRaw(Number(port), rawRequest("GET", "/page/snapshot", fields));
    return (JSON.parse(body) as OpenSnapshot).gateways[0]?.address;
  };
  assert.equal(await ask(host), host);
  assert.equal(await ask("localhost:9"), "localhost:9");
});

test("a worker whose metrics are far longer than any of ours is not read to its end", async (t) => {
  const many = `${exposition("a", 1)}`.repeat(5_000);
  const long = `# ${"x".repeat(1_000)}\n`.repeat(2_000);
  const urls = await Promise.all(
    [many, long].map(async (text) => (await startUpstream(t, (_, response) => void response.end(text))).url),
  );
  const proxy = await startProxy(t, configuration({ a: urls[0] ?? "", b: urls[1] ?? "" }, [50, 50]));
  const { workers } = await snapshotOf(proxy.admin);
  assert.deepEqual(
    workers.map(({ problem }) => problem?.replace(/^.*: /, "")),
    ["its answer has more than 4000 samples.", "its answer has more than 1048576 bytes."],
  );
});

test("many who watch are one who asks", async (t) => {
  let asked = 0;
  const { url } = await startUpstream(t, (_, response) => {
    asked++;
    response.end(exposition("a", asked));
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const begun = performance.now();
  await Promise.all(Array.from({ length: 40 }, () => snapshotOf(proxy.admin)));
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(asked <= 1 + Math.ceil(seconds), `asked ${asked} times in ${seconds} s`);
});

test("a reload is seen at once: its weights, its workers and how it ended, newest first", async (t) => {
  const proxy = await start(t);
  const before = await snapshotOf(proxy.admin);
  assert.deepEqual(before.reloads, []);
  const third = await startUpstream(t, worker("c"));
  await proxy.write(configuration({ c: third.url }, [100]));
  await proxy.reload();
  await proxy.write("nonsense");
  await proxy.reload();
  const { variants, workers, reloads } = await snapshotOf(proxy.admin);
  assert.deepEqual([variants.map(({ name }) => name), workers.map(({ variant }) => variant)], [["c"], ["c"]]);
  assert.deepEqual(
    reloads.map(({ result, trigger }) => [result, trigger]),
    [
      ["rejected", "http"],
      ["swapped", "http"],
    ],
  );
  assert.ok((reloads[0]?.problems.length ?? 0) > 0);
  assert.deepEqual(reloads[1]?.problems, []);
});

test("a gateway that stops does not wait for what its page has asked", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, (request) => {
    request.socket.once("close", () => ended.resolve());
    arrived.resolve();
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const watching = fetch(`${proxy.admin}/page/snapshot`).catch(() => undefined);
  await arrived.promise;
  await proxy.stop();
  await ended.promise;
  await watching;
});
