import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { askForToken } from "../../../test/support/outcome-caller.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

async function startGateway(t: TestContext, more = ""): Promise<RunningProxy> {
  const { url } = await startUpstream(t, (_, response) => void response.end("ok"));
  return startProxy(
    t,
    configuration({ a: url, b: url }, [50, 50], `outcomes: { secrets: a-secret-for-the-tests${more} }`),
  );
}

test("the time that a report's body takes to come is no overhead, and its duration has its status", async (t) => {
  const proxy = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  const overhead = () => proxy.metric("ab_proxy_overhead_seconds_sum", { model_version: "none" });
  const duration = () => proxy.metric("ab_request_duration_seconds_sum", { status: "202" });
  const before = (await overhead()) ?? 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = (async function* () {
    yield Buffer.from('{"outcome": "converted", ');
    await promise;
    yield Buffer.from(`"token": "${token}"}`);
  })();
  const response = fetch(`${proxy.url}/-/outcomes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: ReadableStream.from(body),
    duplex: "half",
  } as RequestInit);
  // Long against what a gateway does by itself.
  setTimeout(resolve, 1000);
  assert.equal((await response).status, 202);
  while ((await duration()) === 0);
  const took = (await duration()) ?? 0;
  assert.ok(((await overhead()) ?? 0) - before < took / 2, `of ${took} s`);
});

test("a journal's id is told, and the same after a restart", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-journal-id-"));
  t.after(() => rm(folder, { recursive: true }));
  const journal = `, journal: ${join(folder, "outcomes.journal")}`;
  const ids: (string | undefined)[] = [];
  for (let time = 0; time < 2; time++) {
    const proxy = await startGateway(t, journal);
    const text = await (await fetch(`${proxy.admin}/metrics`)).text();
    ids.push(/^ab_outcome_journal_info\{journal="([\da-f-]{36})"\} 1$/m.exec(text)?.[1]);
    await proxy.stop();
  }
  assert.ok(ids[0] !== undefined && ids[0] === ids[1], ids.join(", "));
});
