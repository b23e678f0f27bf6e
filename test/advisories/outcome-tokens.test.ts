import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { askForToken, report } from "../support/outcome-caller.ts";
import { mintToken } from "../support/outcome-token.ts";
import { exchangeRaw, rawRequest } from "../support/raw-http.ts";
import { configuration, type RunningProxy, startProxy } from "../support/running-proxy.ts";
import { startUpstream } from "../support/upstream.ts";

const SECRET = "the-secret-of-these-tests";
const OLD_SECRET = "the-secret-that-was-before";
const DAY_MS = 86_400_000;

function yamlOf(url: string, { secrets = SECRET, more = "", phase = 1, name = "test" } = {}): string {
  const yaml = configuration(
    { a: url, "b-with-a-longer-name": url },
    [50, 50],
    `outcomes: { secrets: [${secrets}], allowed: [converted, true_label, { name: revenue, min: 0, max: 10 }], labels: [negative, positive]${more} }`,
  );
  return yaml.replace("experiment: { name: test }", `experiment: { name: ${name}, phase: ${phase} }`);
}

async function startGateway(t: TestContext, settings: Parameters<typeof yamlOf>[1] = {}) {
  const { url } = await startUpstream(t, (_, response) => {
    response.writeHead(200, { "x-blindsplit-prediction": "positive;0.9" }).end("ok");
  });
  return { proxy: await startProxy(t, yamlOf(url, settings)), service: url };
}

const convert = (proxy: RunningProxy, token: string) => report(proxy.url, { token, outcome: "converted" });
const counted = (proxy: RunningProxy, labels: Record<string, string> = {}) =>
  proxy.metric("ab_outcomes_total", { outcome: "converted", ...labels });

test("a token that is changed in any byte, cut, or joined is none, and none of it is counted", async (t) => {
  const { proxy } = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  const bytes = Buffer.from(token, "base64url");
  const forged: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    forged.push(changed.toString("base64url"));
  }
  for (let end = 0; end < token.length; end += 3) forged.push(token.slice(0, end));
  forged.push(token + token, `${token}AAAA`, bytes.subarray(1).toString("base64url"), "A".repeat(100_000));
  const outcomes = forged.map((one) => ({ token: one, outcome: "converted" }));
  const { results } = JSON.parse((await report(proxy.url, { outcomes })).text) as { results: unknown[] };
  const [first] = results;
  assert.equal((first as { code: string }).code, "outcome_token_invalid");
  for (const [index, result] of results.entries())
    assert.deepEqual(
      result,
      first,
      `${forged[index]?.slice(0, 200)}: the answer tells what is wrong with it`,
    );
  assert.equal(await counted(proxy), 0);
  assert.equal((await convert(proxy, token)).status, 202);
});

test("another spelling of a token's bytes is no second token", async (t) => {
  const { proxy } = await startGateway(t);
  const token = mintToken(SECRET, { weights: [50, 30, 20] });
  assert.equal((await convert(proxy, token)).status, 202);
  const last = token.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const sibling = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  assert.deepEqual(Buffer.from(sibling, "base64url"), Buffer.from(token, "base64url"), "the same bytes");
  const padded = `${token}${"=".repeat((4 - (token.length % 4)) % 4)}`;
  for (const other of [
    sibling,
    padded,
    ` ${token}`,
    `${token}\n`,
    token.replaceAll("-", "+").replaceAll("_", "/"),
  ]) {
    if (other === token) continue;
    assert.equal((await convert(proxy, other)).code, "outcome_token_invalid", other);
  }
  assert.equal(await counted(proxy), 1);
});

test("a token that nobody here has encrypted is none", async (t) => {
  const { proxy } = await startGateway(t);
  assert.equal(
    (await convert(proxy, mintToken("some-other-secret-of-somebody"))).code,
    "outcome_token_invalid",
  );
});

test("a token that is replayed counts once", async (t) => {
  const { proxy } = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  const statuses = await Promise.all(Array.from({ length: 20 }, () => convert(proxy, token)));
  assert.deepEqual(new Set(statuses.map(({ status }) => status)), new Set([202]));
  assert.equal(await counted(proxy), 1);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 19);
});

test("tokens that are too old, of a future, or of another experiment are refused", async (t) => {
  const { proxy } = await startGateway(t, { more: ", max_age: 1d" });
  const cases = [
    [{ issuedAt: Date.now() - DAY_MS - 5_000 }, "outcome_expired", "expired"],
    [{ issuedAt: Date.now() + 90_000 }, "outcome_from_future", "from_future"],
    [{ experiment: "another" }, "outcome_other_experiment", "other_experiment"],
  ] as const;
  for (const [content, code, reason] of cases) {
    const reported = await convert(proxy, mintToken(SECRET, content));
    assert.deepEqual([reported.status, reported.code], [422, code]);
    assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason }), 1);
  }
  for (const issuedAt of [Date.now() - DAY_MS + 30_000, Date.now() + 30_000])
    assert.equal(
      (await convert(proxy, mintToken(SECRET, { issuedAt }))).status,
      202,
      "clocks may differ a little",
    );
});

test("a token of a variant that nobody knows any more is answered as any other, and not counted", async (t) => {
  const { proxy } = await startGateway(t);
  const answersTo = async (variant: string) => {
    const token = mintToken(SECRET, { variant });
    const answers: string[] = [];
    for (const body of [
      { token, outcome: "converted" },
      { token, outcome: "converted" },
      { token, outcome: "revenue", value: 11 },
      { token, outcome: "revenue", value: 5 },
      { token, outcome: "revenue", value: 6 },
      { token, outcome: "true_label", value: "positive" },
      { token, outcome: "nps", value: 1 },
    ])
      answers.push((await report(proxy.url, body)).text);
    return answers;
  };
  const known = await answersTo("a");
  const before = await proxy.metric("ab_outcomes_total");
  assert.deepEqual(await answersTo("gone"), known);
  assert.equal(await proxy.metric("ab_outcomes_total"), before);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "unknown_variant" }), 3);
});

test("a token of another phase, or of other weights, counts where it was given", async (t) => {
  const { proxy, service } = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  await proxy.write(yamlOf(service, { phase: 2 }));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal((await convert(proxy, token)).status, 202);
  assert.equal((await convert(proxy, mintToken(SECRET, { phase: 2, weights: [90, 10] }))).status, 202);
  assert.equal(await counted(proxy, { phase: "1" }), 1);
  assert.equal(await counted(proxy, { phase: "2" }), 1);
  assert.equal(await proxy.metric("ab_bucket_outcomes_total", { phase: "2", stratum: "90/10" }), 1);
});

test("a variant that a reload removed still gets the outcomes of its answers", async (t) => {
  const { proxy, service } = await startGateway(t);
  const token = mintToken(SECRET, { variant: "a" });
  await proxy.write(yamlOf(service, { phase: 2 }).replace("name: a,", "name: c,"));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal((await convert(proxy, token)).status, 202);
  assert.equal(await counted(proxy, { model_version: "a" }), 1);
});

test("the secret that was before opens its tokens for as long as it is listed", async (t) => {
  const { proxy, service } = await startGateway(t, { secrets: OLD_SECRET });
  const [first, second] = [await askForToken(proxy.url, "user-1"), await askForToken(proxy.url, "user-2")];
  await proxy.write(yamlOf(service, { secrets: `${SECRET}, ${OLD_SECRET}` }));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal((await convert(proxy, first)).status, 202);
  const own = await askForToken(proxy.url, "user-3");
  assert.notEqual(own.slice(0, 4), first.slice(0, 4), "the first secret encrypts");
  await proxy.write(yamlOf(service));
  assert.equal((await proxy.reload()).result, "swapped");
  assert.equal((await convert(proxy, second)).code, "outcome_token_invalid");
  assert.equal((await convert(proxy, own)).status, 202);
});

test("bodies that are too long are refused, whether they say so or not", async (t) => {
  const { proxy } = await startGateway(t);
  const type = { "content-type": "application/json" };
  const long = await exchangeRaw(
    proxy.port,
    rawRequest("POST", "/-/outcomes", { ...type, "content-length": String(2 ** 20 + 1) }),
  );
  assert.equal(long.status, 413);
  const { status, code } = await report(proxy.url, `"${"x".repeat(2 ** 20)}"`);
  assert.deepEqual([status, code], [413, "body_too_large"]);
  const chunked = await fetch(`${proxy.url}/-/outcomes`, {
    method: "POST",
    headers: type,
    body: ReadableStream.from(
      (function* () {
        for (let count = 0; count < 20; count++) yield Buffer.alloc(100_000, " ");
      })(),
    ),
    duplex: "half",
  } as RequestInit).then(
    (response) => response.status,
    () => 413,
  );
  assert.equal(chunked, 413);
  assert.equal((await convert(proxy, await askForToken(proxy.url, "user-1"))).status, 202);
});

test("what a page could send without asking first is refused by its type", async (t) => {
  const { proxy } = await startGateway(t);
  const body = JSON.stringify({ token: await askForToken(proxy.url, "user-1"), outcome: "converted" });
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "application/jsonp",
  ]) {
    const { status, code } = await report(proxy.url, body, { "content-type": type });
    assert.deepEqual([status, code], [415, "unsupported_media_type"], type);
  }
  assert.equal((await report(proxy.url, body, { "content-encoding": "gzip" })).status, 415);
  assert.equal(await counted(proxy), 0);
});

test("only the whole key opens, and its absence is told before anything else is looked at", async (t) => {
  const key = "the-key-for-reporting-here";
  const { proxy } = await startGateway(t, { more: `, key: ${key}` });
  const token = await askForToken(proxy.url, "user-1");
  const flawed = [
    "",
    key,
    `Basic ${key}`,
    `Bearer ${key}x`,
    `Bearer ${key.slice(0, -1)}`,
    "Bearer",
    `Bearer ${key.toUpperCase()}`,
  ];
  for (const authorization of flawed) {
    const reported = await report(proxy.url, "{", { authorization });
    assert.deepEqual([reported.status, reported.code], [401, "unauthorised"], authorization);
    assert.equal(reported.headers.get("www-authenticate"), "Bearer");
  }
  const reported = await report(
    proxy.url,
    { token, outcome: "converted" },
    { authorization: `bearer ${key}` },
  );
  assert.equal(reported.status, 202);
});

test("no answer to a report tells the variant of its token", async (t) => {
  const { proxy } = await startGateway(t, { more: ", max_age: 1d" });
  const fields = "host: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
  /** All of it but what is another in every answer. */
  async function answerTo(body: unknown): Promise<string> {
    const text = JSON.stringify(body);
    const raw = `POST /-/outcomes HTTP/1.1\r\n${fields}content-length: ${text.length}\r\n\r\n${text}`;
    const { text: answer } = await exchangeRaw(proxy.port, raw);
    return answer.replace(/^date: .*\r\n/im, "").replace(/^x-request-id: .*\r\n/im, "");
  }
  const kinds: readonly ((token: string) => unknown)[] = [
    (token) => ({ token, outcome: "converted" }),
    (token) => ({ token, outcome: "converted" }),
    (token) => ({ token, outcome: "true_label", value: "positive" }),
    (token) => ({ token, outcome: "true_label", value: "negative" }),
    (token) => ({ token, outcome: "true_label", value: "neutral" }),
    (token) => ({ token, outcome: "revenue", value: 11 }),
    (token) => ({
      outcomes: [
        { token, outcome: "revenue", value: 5 },
        { token, outcome: "nps" },
      ],
    }),
  ];
  const contents = [
    {},
    { issuedAt: Date.now() - 2 * DAY_MS },
    { experiment: "another" },
    { label: undefined },
  ];
  for (const content of contents) {
    const tokens = ["a", "b-with-a-longer-name"].map((variant, index) =>
      mintToken(SECRET, { ...content, variant, analysisBucket: 50 * index, score: index / 3 }),
    );
    for (const kind of kinds) {
      const [one, other] = [await answerTo(kind(tokens[0] ?? "")), await answerTo(kind(tokens[1] ?? ""))];
      assert.equal(one, other);
    }
  }
});

test("neither secrets nor keys show in the configuration or the log", async (t) => {
  const { proxy } = await startGateway(t, { more: ", key: the-key-for-reporting-here" });
  const shown = await (await fetch(`${proxy.admin}/config`)).text();
  for (const text of [shown, proxy.log.join("")])
    for (const secret of [SECRET, "the-key-for-reporting-here"]) assert.ok(!text.includes(secret));
});
