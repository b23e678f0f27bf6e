import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GRAPH, GRAPH_BYTES, ID, startDownloading } from "../../../test/support/hub-download.ts";

test("a download that breaks off goes on where it was", async (t) => {
  const { fetch, hub, graph } = await startDownloading(t);
  hub.faults.push({ host: "cdn", cutAfterBytes: 1_500_000, times: 1 });
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  const [first, second, ...others] = hub.downloads(GRAPH);
  assert.equal(others.length, 0);
  assert.match(second?.range ?? "", /^bytes=[1-9]\d*-$/);
  const from = Number(/\d+/.exec(second?.range ?? "")?.[0]);
  assert.ok(
    from <= 1_500_000 && second?.bytes === GRAPH_BYTES - from,
    `${first?.bytes} and ${second?.bytes} bytes`,
  );
});

test("a download that was ended goes on at the next start, and its progress counts what was here", async (t) => {
  const { fetch, hub, graph, lines, cached, commit } = await startDownloading(t);
  hub.faults.push({ host: "cdn", stallAfterBytes: 2_000_000, times: 1 });
  await assert.rejects(fetch({}, { limits: { attempts: 1 } }), /said nothing for 0\.3 s; given up/);
  assert.ok(cached().includes(`${ID}/${commit}/${GRAPH}.partial`));
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  const resumed = lines().find(({ msg }) => msg === "going on with a download that broke off");
  assert.equal(resumed?.totalBytes, GRAPH_BYTES);
  assert.equal(Number(resumed?.resumedBytes) + (hub.downloads(GRAPH).at(-1)?.bytes ?? 0), GRAPH_BYTES);
  assert.ok(!cached().some((file) => file.includes("partial")));
});

test("a download that keeps breaking off is given up, but not while it gets ahead", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  // Nothing comes at all.
  hub.faults.push({ host: "cdn", cutAfterBytes: 0 });
  await assert.rejects(fetch(), { code: "model_download_failed", message: /given up after 4 attempts/ });
  // A graph of 3 MB in pieces of more than 1 MiB, with fewer attempts than pieces.
  hub.faults[0] = { host: "cdn", cutAfterBytes: 1_200_000 };
  await fetch({}, { limits: { attempts: 2 } });
});

test("a server that ignores ranges sends the whole file, and it is taken from the beginning", async (t) => {
  const { fetch, hub, graph } = await startDownloading(t);
  hub.faults.push({ host: "cdn", cutAfterBytes: 1_000_000, times: 1 }, { host: "cdn", ignoresRanges: true });
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  assert.equal(hub.downloads(GRAPH).at(-1)?.status, 200);
});

test("a part of another ETag is not continued", async (t) => {
  const { fetch, hub, graph } = await startDownloading(t);
  hub.faults.push({ host: "cdn", cutAfterBytes: 1_000_000, etag: '"older"', times: 1 });
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  // `If-Range` did not fit, so the server sent all.
  assert.deepEqual(
    hub.downloads(GRAPH).map(({ status, bytes }) => [status, bytes]),
    [
      [200, 1_000_000],
      [200, GRAPH_BYTES],
    ],
  );
});

test("a part that belongs to nothing known, or is longer than the file, is thrown away", async (t) => {
  const { fetch, graph, cacheDirectory, commit } = await startDownloading(t);
  const partial = join(cacheDirectory, ID, commit, `${GRAPH}.partial`);
  mkdirSync(join(partial, ".."), { recursive: true });
  writeFileSync(partial, "not what it should be");
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
});

test("a part that is longer than the file is thrown away (416)", async (t) => {
  const { fetch, hub, graph, cacheDirectory, commit } = await startDownloading(t);
  const partial = join(cacheDirectory, ID, commit, `${GRAPH}.partial`);
  mkdirSync(join(partial, ".."), { recursive: true });
  writeFileSync(partial, Buffer.alloc(GRAPH_BYTES + 5));
  writeFileSync(`${partial}.json`, "{}");
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  assert.ok(hub.seen.some(({ status }) => status === 416));
});

test("wrong bytes are deleted and asked for once more; a second time they are an error", async (t) => {
  const { fetch, hub, graph, cached, commit, messages } = await startDownloading(t);
  hub.faults.push({ host: "cdn", wrongBytes: true });
  await assert.rejects(fetch(), {
    code: "model_hash_mismatch",
    message:
      /model_quantized\.onnx of acme\/tiny came wrong 2 times, and was deleted \(.*\): SHA-256 \w{64} is due, \w{64} was found; start again/,
  });
  assert.equal(hub.downloads(GRAPH).length, 2);
  assert.ok(!cached().some((file) => file.includes(GRAPH)));
  hub.faults[0] = { host: "cdn", wrongBytes: true, times: 1 };
  const { directory } = await fetch();
  assert.ok(readFileSync(join(directory, GRAPH)).equals(graph));
  assert.equal(commit, directory.split("/").at(-1));
  assert.ok(messages().some((message) => message.includes("came wrong; once more from its beginning")));
});

test("a disk without room is said before the first byte of the graph", async (t) => {
  const { fetch, hub } = await startDownloading(t);
  await assert.rejects(fetch({}, { freeBytes: async () => 17_000_000 }), {
    code: "model_download_failed",
    message: /needs 19\.8 MB in .*, and 17\.0 MB are free: free some space, or set model_cache/,
  });
  assert.equal(hub.downloads(GRAPH).length, 0);
});

test("a cache that cannot be written to is named with the remedy", async (t) => {
  const { fetch, cacheDirectory } = await startDownloading(t);
  const file = join(cacheDirectory, "file");
  writeFileSync(file, "");
  chmodSync(file, 0o400);
  await assert.rejects(fetch({ cacheDirectory: join(file, "cache") }), {
    code: "model_download_failed",
    message: /cannot write .*file.* \(ENOTDIR\): .*set model_cache to another directory/,
  });
});

test("progress is a line of log now and then, with bytes, speed and time left", async (t) => {
  const { fetch, hub, lines } = await startDownloading(t);
  hub.faults.push({ host: "cdn", bytesPerSecond: 6_000_000 });
  await fetch();
  const said = lines().filter(({ msg }) => msg === "downloading");
  assert.ok(said.length >= 1);
  const [first] = said;
  assert.equal(first?.file, GRAPH);
  assert.equal(first?.totalBytes, GRAPH_BYTES);
  assert.ok(Number(first?.receivedBytes) > 0 && Number(first?.bytesPerSecond) > 0);
});
