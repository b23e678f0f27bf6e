import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { startUpstream } from "../../../test/support/upstream.ts";
import {
  addressTo,
  createUpstreamProcess,
  send,
  until,
  upstreamSettings,
} from "../../../test/support/variant-upstreams.ts";
import type { VariantUpstreams } from "./variant-upstreams.ts";

/** Long enough to never come by itself within a test. */
const HOUR_MS = 3_600_000;
const { health: HEALTH, ejection: EJECTION } = upstreamSettings();
const NO_CHECKS = { health: { ...HEALTH, intervalMs: HOUR_MS } };
const GET_READY = { health: { ...HEALTH, path: "/ready" } };

/** A service that can be killed and started anew on its port. */
async function startMortal(t: TestContext, answer: RequestListener) {
  let server: Server;
  let port = 0;
  const start = async () => {
    server = createServer(answer).listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  };
  const kill = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await start();
  t.after(() => (server.listening ? kill() : undefined));
  return { url: `http://127.0.0.1:${port}`, start, kill };
}

const ok: RequestListener = (_, response) => void response.end("ok");
const only = ({ all: [upstream] }: VariantUpstreams) => upstream ?? assert.fail("there is none");

async function failUntilEjected(upstreams: VariantUpstreams) {
  const upstream = only(upstreams);
  await until(async () => {
    await send(upstream).catch(() => undefined);
    return !upstream.health.isHealthy;
  });
}

test("an upstream that dies is left out after some failed connections, and is back soon after it is started again", async (t) => {
  const mortal = await startMortal(t, ok);
  const { url } = await startUpstream(t, ok);
  const { publish, metric, log } = createUpstreamProcess(t);
  const upstreams = publish([addressTo(mortal.url), addressTo(url)]);
  const upstream = only(upstreams);
  assert.equal(metric("healthy"), 2);
  await send(upstream);
  await mortal.kill();
  await failUntilEjected(upstreams);
  assert.equal(metric("healthy", { upstream: mortal.url }), 0);
  assert.equal(metric("ejections", { upstream: mortal.url, reason: "connect" }), 1);
  for (let request = 0; request < 50; request++) assert.equal(upstreams.pick()?.url, url);
  assert.equal(upstreams.pick(upstreams.all[1])?.url, url, "of one healthy one there is no other");
  await until(() => (metric("healthChecks", { upstream: mortal.url, result: "failure" }) ?? 0) > 1);
  await mortal.start();
  await until(() => metric("healthy", { upstream: mortal.url }) === 1);
  assert.equal((await send(upstream)).status, 200);
  await until(() => upstreams.pick() === upstream);
  assert.deepEqual(
    log().map(({ msg, upstream: name }) => [msg, name]),
    [
      ["upstream ejected", mortal.url],
      ["upstream readmitted", mortal.url],
    ],
  );
});

test("a variant whose only upstream is ejected has none to pick", async (t) => {
  const mortal = await startMortal(t, ok);
  const upstreams = createUpstreamProcess(t).publish([addressTo(mortal.url)], NO_CHECKS);
  assert.equal(upstreams.isAvailable, true);
  await mortal.kill();
  await failUntilEjected(upstreams);
  assert.equal(upstreams.isAvailable, false);
  assert.equal(upstreams.pick(), undefined);
});

test("a model's own 500 never ejects", async (t) => {
  const { url } = await startUpstream(t, (_, response) => void response.writeHead(500).end());
  const upstreams = createUpstreamProcess(t).publish([addressTo(url)], {
    ejection: { ...EJECTION, afterFailures: 1 },
  });
  for (let request = 0; request < 20; request++) await send(only(upstreams));
  assert.equal(upstreams.isAvailable, true);
});

for (const status of [502, 503, 504])
  test(`${status} in a row eject, and after the back-off the upstream is tried again`, async (t) => {
    let answer = status;
    const { url } = await startUpstream(t, (_, response) => void response.writeHead(answer).end());
    const { publish, metric } = createUpstreamProcess(t);
    const upstreams = publish([addressTo(url)]);
    await failUntilEjected(upstreams);
    assert.equal(metric("ejections", { reason: "status" }), 1);
    answer = 200;
    await until(() => upstreams.isAvailable);
    await send(only(upstreams));
    assert.equal(only(upstreams).health.describe().consecutive_failures, 0);
    assert.equal(metric("healthChecks"), 0);
  });

test("checks of a path eject without any traffic, and readmit", async (t) => {
  let isReady = true;
  const paths = new Set<string | undefined>();
  const { url } = await startUpstream(t, (request, response) => {
    paths.add(request.url);
    response.writeHead(isReady ? 200 : 503).end();
  });
  const { publish, metric } = createUpstreamProcess(t);
  const upstreams = publish([addressTo(`${url}/v2`)], GET_READY);
  await until(() => (metric("healthChecks", { result: "success" }) ?? 0) > 2);
  isReady = false;
  await until(() => !upstreams.isAvailable);
  assert.equal(metric("ejections", { reason: "check" }), 1);
  assert.ok((metric("healthChecks", { result: "failure" }) ?? 0) >= 3);
  isReady = true;
  await until(() => upstreams.isAvailable);
  assert.deepEqual(paths, new Set(["/v2/ready"]));
});

test("a reload keeps what is known of a sick upstream, and one upstream is never checked twice at a time", async (t) => {
  let underWay = 0;
  let most = 0;
  let checks = 0;
  const { url } = await startUpstream(t, (_, response) => {
    checks++;
    most = Math.max(most, ++underWay);
    setTimeout(() => {
      underWay--;
      response.writeHead(503).end();
    }, 5);
  });
  const { publish } = createUpstreamProcess(t);
  const settings = { health: { ...HEALTH, path: "/ready", intervalMs: 1 } };
  let generation = publish([addressTo(url)], settings);
  await until(() => !generation.isAvailable);
  for (let reload = 0; reload < 20; reload++) {
    const next = publish([addressTo(url)], settings);
    assert.equal(next.isAvailable, false);
    await generation.close();
    generation = next;
    const before = checks;
    await until(() => checks > before);
  }
  assert.equal(most, 1);
});

test("what a request of an older generation learns, the newer one knows; a closed one hears no more", async (t) => {
  const mortal = await startMortal(t, ok);
  const { publish } = createUpstreamProcess(t);
  const old = publish([addressTo(mortal.url)], NO_CHECKS);
  const next = publish([addressTo(mortal.url)], NO_CHECKS);
  await mortal.kill();
  await failUntilEjected(old);
  assert.deepEqual([old.isAvailable, next.isAvailable], [false, false]);
  await old.close();
  only(next).health.checked(undefined);
  assert.deepEqual([old.isAvailable, next.isAvailable], [false, true]);
});

test("Host and headers tell upstreams of one URL apart; variants never share what they know", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    response.writeHead(request.headers["x-model"] === "b" ? 503 : 200).end();
  });
  const { publish, metric } = createUpstreamProcess(t);
  const b = { "x-model": "b" };
  const addresses = [
    addressTo(url, { headers: b }),
    addressTo(url, { headers: { "x-model": "c" } }),
    addressTo(url, { headers: b, host: "b.internal" }),
  ];
  const settings = { ejection: { ...EJECTION, baseMs: HOUR_MS, maxMs: HOUR_MS } };
  const other = publish(addresses, settings, undefined, "other");
  const upstreams = publish(addresses, settings);
  await failUntilEjected(upstreams);
  const healthy = ({ all }: VariantUpstreams) => all.map(({ health }) => health.isHealthy);
  assert.deepEqual(healthy(upstreams), [false, true, true]);
  assert.deepEqual(healthy(other), [true, true, true]);
  assert.equal(metric("healthy", { upstream: url, model_version: "only" }), 0);
});

test("an upstream that a reload takes away leaves the gauge at once, and is checked no more when its generation has ended", async (t) => {
  const removed = await startMortal(t, ok);
  const { url } = await startUpstream(t, ok);
  const { publish, metric } = createUpstreamProcess(t);
  const old = publish([addressTo(removed.url), addressTo(url)], GET_READY);
  await until(() => metric("healthChecks", { upstream: removed.url, result: "success" }) === 1);
  const next = publish([addressTo(url)], GET_READY);
  await removed.kill();
  await until(() => metric("ejections", { upstream: removed.url, reason: "check" }) === 1);
  assert.equal(metric("healthy", { upstream: removed.url }), undefined);
  await old.close();
  const failures = metric("healthChecks", { upstream: removed.url, result: "failure" });
  const successes = () => metric("healthChecks", { upstream: url, result: "success" }) ?? 0;
  const before = successes();
  await until(() => successes() > before + 3);
  assert.equal(metric("healthChecks", { upstream: removed.url, result: "failure" }), failures);
  assert.equal(next.isAvailable, true);
});

test("an upstream that was taken away and comes back later is a new one", async (t) => {
  const mortal = await startMortal(t, ok);
  const { url } = await startUpstream(t, ok);
  const { publish } = createUpstreamProcess(t);
  const first = publish([addressTo(mortal.url)], NO_CHECKS);
  await mortal.kill();
  await failUntilEjected(first);
  const second = publish([addressTo(url)], NO_CHECKS);
  await first.close();
  const third = publish([addressTo(mortal.url)], NO_CHECKS);
  await second.close();
  assert.equal(third.isAvailable, true);
});

test("every series is there with 0 before anything happens", (t) => {
  const { publish, metric } = createUpstreamProcess(t);
  publish([addressTo("http://127.0.0.1:1")]);
  for (const name of [
    "ejections",
    "healthChecks",
    "dnsChanges",
    "retries",
    "queued",
    "queueRefusals",
  ] as const)
    assert.equal(metric(name), 0, name);
  assert.equal(metric("healthy"), 1);
});
