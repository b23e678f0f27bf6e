import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { text as readAll } from "node:stream/consumers";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { answeredText } from "../testing/answered-texts.ts";
import { bareServer, testContract } from "../testing/bare-server.ts";
import { type ContentCoding, chooseCoding, createEncoder, encode } from "./content-coding.ts";

const CHOICES: readonly (readonly [string | undefined, ContentCoding | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  ["identity", undefined],
  ["gzip", "gzip"],
  ["br", "br"],
  ["BR", "br"],
  ["gzip, deflate, br", "gzip"],
  ["gzip;q=0.5, br;q=1.0", "br"],
  ["gzip;q=0.8, br;q=0.1", "gzip"],
  ["gzip;q=0.5, identity", undefined],
  ["gzip;q=0", undefined],
  ["gzip;q=0, br;q=0", undefined],
  ["identity;q=0, gzip;q=0.1", "gzip"],
  ["*", "br"],
  ["*;q=0", undefined],
  ["br;q=0, *", "gzip"],
  ["zstd, x-snappy", undefined],
  [";;;,=,q", undefined],
];
for (const [accepted, coding] of CHOICES) {
  test(`Accept-Encoding ${JSON.stringify(accepted) ?? "not sent"}: ${coding ?? "as it is"}`, () => {
    const headers = accepted === undefined ? {} : { "accept-encoding": accepted };
    assert.equal(chooseCoding({ headers }), coding);
  });
}

const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync };
for (const coding of ["gzip", "br"] as const) {
  test(`${coding} comes back as it was, whole or as a stream`, async () => {
    const bytes = Buffer.from(randomBytes(20_000).toString("hex"));
    assert.deepEqual(DECODERS[coding](await encode(bytes, coding)), bytes);
    const encoder = createEncoder(coding);
    encoder.end(bytes);
    assert.deepEqual(DECODERS[coding](Buffer.concat(await encoder.toArray())), bytes);
  });
}

const TEXTS = Array.from({ length: 100 }, (_, at) => `text ${at}`);
const manyTexts = (texts: readonly string[]) => texts.map(() => answeredText());
const contract = testContract({ limits: { texts: 100, characters: 1000, bodyBytes: 10_000 } });

for (const coding of ["gzip", "br"] as const) {
  test(`a large answer is sent with ${coding} to who accepts it, and says so`, async (t) => {
    const { post } = await bareServer(t, async (texts) => manyTexts(texts), contract);
    const plain = await readAll(post(JSON.stringify({ texts: TEXTS }), { connection: "close" }));
    assert.match(plain, /vary: accept-encoding/i);
    assert.doesNotMatch(plain, /content-encoding/i);
    const socket = post(JSON.stringify({ texts: TEXTS }), {
      connection: "close",
      "accept-encoding": coding,
    });
    const answer = Buffer.concat(await socket.toArray());
    const headEnd = answer.indexOf("\r\n\r\n") + 4;
    const head = answer.subarray(0, headEnd).toString();
    assert.match(head, new RegExp(`content-encoding: ${coding}`, "i"));
    assert.match(head, /vary: accept-encoding/i);
    assert.match(head, new RegExp(`content-length: ${answer.length - headEnd}\r\n`, "i"));
    assert.ok(answer.length < plain.length / 2);
    assert.equal(DECODERS[coding](answer.subarray(headEnd)).toString(), plain.split("\r\n\r\n")[1]);
  });
}

test("a small answer is sent as it is, whatever its caller accepts", async (t) => {
  const { post } = await bareServer(t, async (texts) => manyTexts(texts), contract);
  const answer = await readAll(post('{"text":"a"}', { connection: "close", "accept-encoding": "gzip, br" }));
  assert.doesNotMatch(answer, /content-encoding|vary/i);
  assert.match(answer, /\{"label":"positive","score":0.75\}$/);
});

test("HEAD says the length that GET sends, encoded or not", async (t) => {
  const { url } = await bareServer(t, async () => []);
  for (const accepted of ["identity", "gzip", "br"]) {
    const headers = { "accept-encoding": accepted };
    const get = await fetch(`${url}/openapi.json`, { headers });
    const head = await fetch(`${url}/openapi.json`, { headers, method: "HEAD" });
    await get.arrayBuffer();
    const coding = accepted === "identity" ? null : accepted;
    for (const { headers: sent } of [get, head]) assert.equal(sent.get("content-encoding"), coding);
    assert.equal(head.headers.get("content-length"), get.headers.get("content-length"));
  }
});
