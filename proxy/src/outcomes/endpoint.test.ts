import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import test, { type TestContext } from "node:test";
import { askForToken, askForTokens, report } from "../../../test/support/outcome-caller.ts";
import { configuration, type RunningProxy, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

const SETTINGS = `secrets: a-secret-for-the-tests
  allowed: [correct, incorrect, converted, true_label, { name: rating, min: -5, max: 5 }]
  labels: [negative, positive]`;

const predicts =
  (prediction: string, more: Readonly<Record<string, string>> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(200, { "x-blindsplit-prediction": prediction, ...more }).end("ok");

async function startGateway(
  t: TestContext,
  { handle = predicts("positive;0.9"), settings = SETTINGS, more = "" } = {},
): Promise<RunningProxy> {
  const { url } = await startUpstream(t, handle);
  return startProxy(t, configuration({ a: url, b: url }, [50, 50], `outcomes:\n  ${settings}\n${more}`));
}

test("an outcome is counted for the variant, the stratum and the analysis bucket of its answer", async (t) => {
  const proxy = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  const { variant, analysis_bucket: analysisBucket } = (await (
    await fetch(`${proxy.admin}/explain?id=user-1`)
  ).json()) as {
    variant: string;
    analysis_bucket: number;
  };
  assert.equal((await report(proxy.url, { token, outcome: "converted" })).text, '{"status":202}');
  const labels = {
    ...{ experiment: "test", phase: "1", stratum: "50/50", model_version: variant },
    bucket: String(analysisBucket).padStart(2, "0"),
    outcome: "converted",
  };
  assert.equal(await proxy.metric("ab_bucket_outcomes_total", labels), 1);
  assert.equal(await proxy.metric("ab_outcomes_total", { model_version: variant, outcome: "converted" }), 1);
  assert.equal(await proxy.metric("ab_outcome_delay_seconds_count", { model_version: variant }), 1);
  assert.equal(await proxy.metric("ab_outcome_tokens_total"), 1);
});

test("true labels are counted by what was predicted, once for each token", async (t) => {
  const proxy = await startGateway(t, {
    handle: (request, response) =>
      predicts(request.headers["x-user-id"] === "user-0" ? "Great;1" : "positive;0.9")(request, response),
  });
  const [first, second] = await askForTokens(proxy.url, 2);
  const truth = (token: string | undefined, value: string) => ({ token, outcome: "true_label", value });
  assert.equal((await report(proxy.url, truth(first, " Positive"))).status, 202);
  assert.equal((await report(proxy.url, truth(second, "negative"))).status, 202);
  assert.equal((await report(proxy.url, truth(second, "negative"))).status, 202);
  assert.equal((await report(proxy.url, truth(second, "positive"))).code, "outcome_conflict");
  const confusion = (true_label: string, predicted_label: string) =>
    proxy.metric("ab_bucket_confusion_total", { true_label, predicted_label });
  assert.equal(await confusion("positive", "other"), 1);
  assert.equal(await confusion("negative", "positive"), 1);
  assert.equal(await proxy.metric("ab_bucket_confusion_total"), 2);
  assert.equal(await proxy.metric("ab_bucket_predictions_total", { predicted_label: "positive" }), 1);
  assert.equal(await proxy.metric("ab_bucket_predictions_total", { predicted_label: "other" }), 1);
});

test("numbers are summed above their least value, with their squares; ids tell several of one token apart", async (t) => {
  const key = "the-key-for-reporting-here";
  const proxy = await startGateway(t, { handle: predicts(";2.5"), settings: `${SETTINGS}\n  key: ${key}` });
  const token = await askForToken(proxy.url, "user-1");
  const rate = (value: number, id?: string) =>
    report(proxy.url, { token, outcome: "rating", value, id }, { authorization: `Bearer ${key}` });
  for (const [value, id] of [[-5], [4, "two"], [4, "two"]] as [number, string?][])
    assert.equal((await rate(value, id)).status, 202);
  assert.equal((await rate(3, "two")).code, "outcome_conflict");
  assert.equal(await proxy.metric("ab_bucket_outcomes_total", { outcome: "rating" }), 2);
  assert.equal(await proxy.metric("ab_bucket_outcome_value_total", { outcome: "rating" }), 0 + 9);
  assert.equal(await proxy.metric("ab_bucket_outcome_value_squared_total", { outcome: "rating" }), 81);
  assert.equal(await proxy.metric("ab_bucket_rating_predictions_total"), 2);
  assert.equal(await proxy.metric("ab_bucket_rating_absolute_error_total"), 7.5 + 1.5);
  assert.equal(await proxy.metric("ab_bucket_rating_squared_error_total"), 7.5 ** 2 + 1.5 ** 2);
});

test("whoever says correct and then incorrect contradicts itself", async (t) => {
  const proxy = await startGateway(t);
  const token = await askForToken(proxy.url, "user-1");
  assert.equal((await report(proxy.url, { token, outcome: "correct" })).status, 202);
  assert.equal((await report(proxy.url, { token, outcome: "incorrect" })).code, "outcome_conflict");
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "incorrect" }), 0);
});

test("each report that cannot be counted says why, and is counted as that", async (t) => {
  const proxy = await startGateway(t, { handle: predicts("positive;0.9") });
  const token = await askForToken(proxy.url, "user-1");
  const cases: readonly (readonly [unknown, number, string, string])[] = [
    ["{", 400, "outcome_malformed", ""],
    ["null", 400, "outcome_malformed", "malformed"],
    [{ token }, 400, "outcome_malformed", "malformed"],
    [{ token, outcome: "converted", extra: 1 }, 400, "outcome_malformed", "malformed"],
    [{ token, outcome: "converted", id: "" }, 400, "outcome_malformed", "malformed"],
    [{ outcomes: [] }, 400, "outcome_malformed", ""],
    [{ outcomes: Array(1001).fill({}) }, 400, "outcome_malformed", ""],
    [{ token, outcome: "converted", id: "mine" }, 422, "outcome_id_not_allowed", "id_not_allowed"],
    [{ token, outcome: "rating", value: 3, id: "mine" }, 422, "outcome_id_not_allowed", "id_not_allowed"],
    [{ token: `${token}A`, outcome: "converted" }, 400, "outcome_token_invalid", "token_invalid"],
    [{ token, outcome: "nps", value: 3 }, 422, "outcome_not_allowed", "not_allowed"],
    [{ token, outcome: "toString" }, 422, "outcome_not_allowed", "not_allowed"],
    [{ token, outcome: "converted", value: 1 }, 422, "outcome_value_invalid", "value_invalid"],
    [{ token, outcome: "rating" }, 422, "outcome_value_invalid", "value_invalid"],
    [{ token, outcome: "rating", value: "4" }, 422, "outcome_value_invalid", "value_invalid"],
    [{ token, outcome: "rating", value: 5.01 }, 422, "outcome_value_invalid", "value_invalid"],
    [{ token, outcome: "true_label", value: "neutral" }, 422, "outcome_unknown_label", "unknown_label"],
    [{ token, outcome: "true_label", value: 1 }, 422, "outcome_unknown_label", "unknown_label"],
  ];
  for (const [body, status, code, reason] of cases) {
    const before = (await proxy.metric("ab_outcomes_rejected_total", { reason })) ?? 0;
    const reported = await report(proxy.url, body);
    const what = JSON.stringify(body).slice(0, 200);
    assert.deepEqual([reported.status, reported.code], [status, code], what);
    assert.equal(reported.headers.get("content-type"), "application/problem+json", what);
    if (reason !== "")
      assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason }), before + 1, what);
  }
  assert.equal(await proxy.metric("ab_bucket_outcomes_total"), undefined);
});

test("an answer without one predicted label takes no true label, and every other outcome", async (t) => {
  for (const handle of [
    predicts(";3.5"),
    predicts("nonsense"),
    (_: unknown, response) => void response.end(),
  ] as RequestListener[]) {
    const proxy = await startGateway(t, { handle });
    const token = await askForToken(proxy.url, "user-1");
    const { status, code } = await report(proxy.url, { token, outcome: "true_label", value: "positive" });
    assert.deepEqual([status, code], [422, "outcome_no_prediction"]);
    assert.equal((await report(proxy.url, { token, outcome: "converted" })).status, 202);
  }
});

test("a batch has a result for each item, in its order", async (t) => {
  const proxy = await startGateway(t);
  const tokens = await askForTokens(proxy.url, 250);
  const outcomes: unknown[] = tokens.map((token) => ({ token, outcome: "converted" }));
  outcomes.push(7, { token: tokens[0], outcome: "converted" }, { token: tokens[0], outcome: "nps" });
  const { status, text } = await report(proxy.url, { outcomes });
  assert.equal(status, 200);
  const { results } = JSON.parse(text) as { results: { status: number; code?: string }[] };
  assert.deepEqual(
    results.slice(0, 250).map((result) => result.status),
    tokens.map(() => 202),
  );
  assert.deepEqual(
    results.slice(250).map((result) => [result.status, result.code]),
    [
      [400, "outcome_malformed"],
      [202, undefined],
      [422, "outcome_not_allowed"],
    ],
  );
  assert.equal(await proxy.metric("ab_outcomes_total", { outcome: "converted" }), 250);
  assert.equal(await proxy.metric("ab_outcomes_rejected_total", { reason: "duplicate" }), 1);
});

test("other methods are told which there are, and nothing of it is forwarded", async (t) => {
  let forwarded = 0;
  const proxy = await startGateway(t, { handle: (_, response) => void response.end(String(forwarded++)) });
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    const response = await fetch(`${proxy.url}/-/outcomes?a=b`, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "POST, OPTIONS");
    assert.equal(response.headers.get("x-outcome-token"), null);
  }
  assert.equal(forwarded, 0);
  assert.equal((await fetch(`${proxy.url}/-/outcomes-of-others`)).status, 200);
  assert.equal(forwarded, 1);
});

test("the path is the configured one; without outcomes there is neither path nor token", async (t) => {
  const moved = await startGateway(t, { settings: `${SETTINGS}\n  path: /feedback` });
  const token = await askForToken(moved.url, "user-1");
  const response = await fetch(`${moved.url}/feedback`, {
    method: "POST",
    headers: { "content-type": "application/json; charset=UTF-8" },
    body: JSON.stringify({ token, outcome: "converted" }),
  });
  assert.equal(response.status, 202);
  const { url } = await startUpstream(t, (_, response) => void response.writeHead(201).end());
  const plain = await startProxy(t, configuration({ a: url }, [100]));
  const answer = await fetch(`${plain.url}/-/outcomes`, { method: "POST" });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("x-outcome-token"), null);
});

test("more reports of one address than allowed come again later", async (t) => {
  const proxy = await startGateway(t, {
    settings: `${SETTINGS}\n  rate: { requests: 2, per: 1h }`,
    more: "limits: { rate: { requests: 2, per: 1h } }",
  });
  const token = await askForToken(proxy.url, "user-1");
  const statuses: number[] = [];
  for (let time = 0; time < 3; time++)
    statuses.push((await report(proxy.url, { token, outcome: "converted" })).status);
  assert.deepEqual(statuses, [202, 202, 429]);
  const { code, headers } = await report(proxy.url, "{");
  assert.equal(code, "rate_limited");
  assert.equal(headers.get("retry-after"), "3600");
});

test("pages of configured origins may ask, read the token and report; others may not", async (t) => {
  const proxy = await startGateway(t, {
    handle: predicts("positive;0.9", {
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "X-Request-Id",
    }),
    settings: `${SETTINGS}\n  origins: ["https://app.example"]`,
  });
  const own = { origin: "https://app.example" };
  const foreign = { origin: "https://evil.example" };
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(proxy.url, { headers: { "x-user-id": "user-1", ...headers } });
    await response.arrayBuffer();
    return response.headers;
  };
  const answer = await ask(own);
  assert.equal(answer.get("access-control-expose-headers"), "X-Request-Id, X-Outcome-Token");
  assert.equal(answer.get("access-control-allow-origin"), "*");
  for (const headers of [foreign, {}] as Record<string, string>[]) {
    const other = await ask(headers);
    assert.equal(other.get("access-control-expose-headers"), "X-Request-Id");
    assert.ok(other.has("x-outcome-token"), "whether there is a token must not depend on who asks");
  }

  const preflight = async (headers: Record<string, string>) =>
    fetch(`${proxy.url}/-/outcomes`, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "POST", ...headers },
    });
  const allowed = await preflight(own);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://app.example");
  assert.equal(allowed.headers.get("access-control-allow-methods"), "POST");
  assert.equal(allowed.headers.get("access-control-allow-headers"), "authorization, content-type");
  assert.equal((await preflight(foreign)).headers.get("access-control-allow-origin"), null);

  const token = answer.get("x-outcome-token");
  for (const body of [
    { token, outcome: "converted" },
    { token, outcome: "nps" },
  ]) {
    const reported = await report(proxy.url, body, own);
    assert.equal(reported.headers.get("access-control-allow-origin"), "https://app.example");
    assert.equal((await report(proxy.url, body, foreign)).headers.get("access-control-allow-origin"), null);
  }
});

test("every exposure carries a token, whatever its status; nothing else does", async (t) => {
  const proxy = await startGateway(t, {
    handle: (request, response) => {
      const status = Number(request.url?.slice(3)) || 200;
      response.writeHead(status, { "x-outcome-token": "the-service's-own" }).end(status === 204 ? "" : "ok");
    },
    more: `blind: { headers: [x-outcome-token] }
exposure: { methods: [GET, HEAD, POST], paths: [/a] }`,
  });
  const tokenOf = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(proxy.url + path, { headers: { "x-user-id": "user-1" }, ...init });
    await response.arrayBuffer();
    return response.headers.get("x-outcome-token");
  };
  for (const path of ["/a/200", "/a/204", "/a/304", "/a/404", "/a/500", "/a/503"])
    assert.match((await tokenOf(path)) ?? "", /^[\w-]{100}$/, path);
  assert.equal((await tokenOf("/a/200", { method: "HEAD" }))?.length, 100);
  const preflight = {
    method: "OPTIONS",
    headers: { origin: "https://a.example", "access-control-request-method": "POST" },
  };
  assert.equal(await tokenOf("/a/200", preflight), null);
  assert.equal(await tokenOf("/b/200"), null, "no exposure");
  assert.equal(await tokenOf("/a/200", { method: "DELETE" }), null, "no exposure");
  assert.equal(await tokenOf("/metrics"), null, "hidden paths are refused before anybody is assigned");
});
