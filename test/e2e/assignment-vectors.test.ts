import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const VECTORS = new URL("../../proxy/src/experiment/assignment-vectors.tsv", import.meta.url);
const BUCKETS = 100;

interface Vector {
  readonly id: string;
  readonly bucket: number;
  readonly analysisBucket: number;
}

async function readVectors(): Promise<Map<string, Vector[]>> {
  const [, ...rows] = (await readFile(VECTORS, "utf8")).trimEnd().split("\n");
  const bySalt = new Map<string, Vector[]>();
  for (const row of rows) {
    const [salt = "", id = "", , bucket, analysisBucket] = row.split("\t");
    const vectors = bySalt.get(salt) ?? [];
    vectors.push({ id, bucket: Number(bucket), analysisBucket: Number(analysisBucket) });
    bySalt.set(salt, vectors);
  }
  return bySalt;
}

/** A hundred variants of weight 1 each: then a variant's number is the bucket. */
function oneVariantPerBucket(salt: string, url: string): string {
  const variants = Array.from(
    { length: BUCKETS },
    (_, bucket) => `  - { name: v${bucket}, weight: 1, upstreams: ["${url}/${bucket}"] }`,
  );
  return [`experiment: { name: vectors, salt: "${salt}" }`, "variants:", ...variants, ""].join("\n");
}

for (const [salt, vectors] of await readVectors()) {
  test(`salt "${salt}": ${vectors.length} vectors hold through a running proxy, explained and as raw header bytes`, async (t) => {
    const { url } = await startUpstream(
      t,
      (request, response) => void response.end(request.url?.split("/")[1]),
    );
    const proxy = await startProxy(t, oneVariantPerBucket(salt, url));
    assert.ok(vectors.length > 400, `${vectors.length} vectors`);
    const exposures = new Map<string, number>();
    for (const { id, bucket, analysisBucket } of vectors) {
      const explained = await fetch(`${proxy.admin}/explain?id=${encodeURIComponent(id)}`);
      const raw = Buffer.from(id).toString("latin1");
      const answer = await exchangeRaw(proxy.port, rawRequest("GET", "/", { "x-user-id": raw }));
      assert.equal(explained.status, 200, JSON.stringify(id));
      const { bucket: said, analysis_bucket, variant } = (await explained.json()) as Record<string, unknown>;
      assert.deepEqual(
        [said, analysis_bucket, variant],
        [bucket, analysisBucket, `v${bucket}`],
        JSON.stringify(id),
      );
      assert.deepEqual([answer.status, answer.body], [200, `${bucket}`], JSON.stringify(id));
      const series = `v${bucket} ${String(analysisBucket).padStart(2, "0")}`;
      exposures.set(series, (exposures.get(series) ?? 0) + 1);
    }
    const scrape = parseExposition(await (await fetch(`${proxy.admin}/metrics`)).text());
    const buckets = samplesOf(scrape, "ab_bucket_requests_total");
    assert.equal(buckets.length, BUCKETS * BUCKETS);
    for (const { labels, value } of buckets) {
      const series = `${labels.get("model_version")} ${labels.get("bucket")}`;
      assert.equal(value, exposures.get(series) ?? 0, series);
    }
  });
}
