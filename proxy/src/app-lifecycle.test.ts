import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { configuration, startProxy } from "../../test/support/running-proxy.ts";
import { startUpstream } from "../../test/support/upstream.ts";
import { createApp } from "./app.ts";
import { createLog } from "./log.ts";

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

test("a replaced configuration carries its requests to their end", async (t) => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_request, response) => {
    arrived.resolve();
    await release.promise;
    response.end("old");
  });
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const answer = fetch(proxy.url);
  await arrived.promise;
  await proxy.write(configuration({ b: url }, [100]));
  await proxy.reload();
  assert.equal(await proxy.metric("ab_generations"), 2);
  release.resolve();
  assert.equal(await (await answer).text(), "old");
  await until(async () => (await proxy.metric("ab_generations")) === 1);
  assert.equal(await proxy.metric("ab_generations_expired_total"), 0);
});

test("what a replaced configuration still carries at its deadline is ended, visibly", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.write("begun"));
  const proxy = await startProxy(t, configuration({ a: url }, [100]));
  const stream = await fetch(proxy.url);
  await proxy.write(configuration({ b: url }, [100]), "deadline: 1s");
  await proxy.reload();
  await assert.rejects(stream.text());
  await until(async () => (await proxy.metric("ab_generations")) === 1);
  assert.equal(await proxy.metric("ab_generations_expired_total"), 1);
  assert.match(proxy.log.join(""), /requests of a replaced configuration are ended/);
});

test("a reload says in the log what changed, and shows no secret", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end());
  const proxy = await startProxy(t, configuration({ a: url, b: url }, [50, 50]));
  await proxy.write(
    configuration({ a: url, b: url }, [60, 40], "admin: { token: an-admin-token-of-enough-letters }"),
  );
  await proxy.reload();
  const line = proxy.log.map((one) => JSON.parse(one)).find(({ msg }) => msg === "the configuration changes");
  assert.deepEqual(line.changes.slice(0, 2), [
    { path: "variants[0].weight", from: 50, to: 60 },
    { path: "variants[1].weight", from: 50, to: 40 },
  ]);
  assert.doesNotMatch(proxy.log.join(""), /an-admin-token/);
});

test("during the drain delay the proxy is not ready, and still serves", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("ok"));
  const proxy = await startProxy(t, configuration({ a: url }, [100], "shutdown: { drain_delay: 300ms }"));
  const stopped = proxy.stop();
  assert.equal((await fetch(`${proxy.admin}/-/ready`)).status, 503);
  const answer = await fetch(proxy.url);
  assert.equal(answer.headers.get("connection"), "close");
  assert.equal(await answer.text(), "ok");
  await stopped;
  await assert.rejects(fetch(proxy.url));
});

test("a proxy that is stopped before its configuration is read just closes, and listens nowhere", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-stop-"));
  t.after(() => rm(folder, { recursive: true }));
  const configFile = join(folder, "experiment.yaml");
  await writeFile(
    configFile,
    configuration({ a: "http://127.0.0.1:1" }, [100], "shutdown: { drain_delay: 5m }"),
  );
  const app = createApp({
    configFile,
    overrides: { port: 0, adminPort: 0 },
    env: {},
    log: createLog("silent"),
    usage: { residentBytes: () => 1, cpuSeconds: () => 1 },
  });
  const started = app.start();
  await Promise.all([app.stop(), assert.rejects(started, /stopped before it had started/)]);
  assert.throws(() => app.address());
});
