import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Config } from "../../../proxy/src/config/config.ts";
import { parseConfig } from "../../../proxy/src/config/load.ts";
import { fingerprintOf } from "../../../proxy/src/experiment/letters.ts";
import { loadExperiment } from "../../../test/support/small-experiment.ts";
import { planOf } from "../evidence/plan.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { Case } from "./case.ts";
import { createLog } from "./log.ts";
import { createJudgeServer } from "./server.ts";

const AT = 1_800_000_000_000;

function configure(more: string): Config {
  const variants = ["amber", "birch"].map(
    (name) => `  - { name: ${name}, weight: 50, upstreams: ["http://${name}"] }`,
  );
  return parseConfig(
    ["experiment: { name: shop }", "variants:", ...variants, more, ""].join("\n"),
    "x.yaml",
    {},
    {},
  ).config;
}

/** A verdict as it is before any count. */
function emptyVerdict(config: Config): Verdict {
  const opened = Case.open(planOf(config));
  opened.take({ at: AT, processes: [{ process: "g", tier: "gateway", samples: [] }] });
  return opened.look(AT);
}

interface Answered {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function start(t: TestContext, config: Config, verdict: Verdict | undefined, isReady = true) {
  const server = createJudgeServer({
    current: () => ({ config, verdict, isReady }),
    log: createLog("silent", 1),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (
    path: string,
    headers: Readonly<Record<string, string>> = {},
    method = "GET",
  ): Promise<Answered> => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers });
    sent.end();
    const [response] = await once(sent, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body, headers: response.headers };
  };
}

const codeOf = ({ body }: Answered) => (JSON.parse(body) as { code: string }).code;

test("before the first look it is ready, stops nobody and has no verdict", async (t) => {
  const ask = await start(t, configure("judge: { step: 5m }"), undefined);
  assert.equal((await ask("/-/healthy")).status, 200);
  assert.equal((await ask("/-/ready")).status, 200);
  for (const path of ["/verdict", "/verdict/open"]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, codeOf(answer)], [503, "no_look_yet"]);
    assert.match(answer.body, /Phase 1 of shop has not been looked at yet; looks are 300 s apart/);
  }
  assert.deepEqual(JSON.parse((await ask("/-/stop")).body), {
    experiment: "shop",
    phase: 1,
    stopped: [],
    at: null,
    mode: "off",
    fingerprint: fingerprintOf(configure("")),
  });
  const metrics = (await ask("/metrics")).body;
  assert.match(metrics, /^ab_verdict_looks_total 0$/m);
  assert.doesNotMatch(metrics, /^ab_verdict_info/m);
});

test("while the past is read it is not ready", async (t) => {
  const ask = await start(t, configure(""), undefined, false);
  assert.deepEqual([(await ask("/-/ready")).status, (await ask("/-/healthy")).status], [503, 200]);
});

test("the verdict is masked where it is not asked for openly, and so are the metrics", async (t) => {
  const config = configure("");
  const verdict = emptyVerdict(config);
  const ask = await start(t, config, verdict);
  const masked = await ask("/verdict");
  assert.equal(masked.headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(masked.body).letters, ["X", "Y"]);
  const metrics = await ask("/metrics");
  assert.match(metrics.body, /^ab_verdict_info\{experiment="shop",phase="1",answer="not_enough_data"\} 1$/m);
  assert.match(metrics.body, new RegExp(`^ab_verdict_last_look_timestamp_seconds ${AT / 1000}$`, "m"));
  for (const { body } of [masked, metrics]) assert.doesNotMatch(body, /amber|birch/);
  assert.deepEqual(JSON.parse((await ask("/verdict/open")).body), JSON.parse(JSON.stringify(verdict)));
});

test("who is stopped is said by letter, unless nobody is to be stopped", async (t) => {
  const stopped = [{ treatment: "birch", at: AT, metric: "error_ratio" }] as const;
  for (const [mode, expected] of [
    ["off", 0],
    ["dry-run", 1],
    ["on", 1],
  ] as const) {
    const config = configure(`judge: { url: "http://judge:8082", stop: ${mode} }`);
    const ask = await start(t, config, { ...emptyVerdict(config), stopped });
    // By the name where gateways find it, and without a token.
    const answer = await ask("/-/stop", { host: "judge:8082" });
    const body = JSON.parse(answer.body) as { stopped: string[]; mode: string; at: number };
    assert.deepEqual([body.mode, body.stopped.length, body.at], [mode, expected, AT]);
    assert.doesNotMatch(answer.body, /birch/);
  }
});

test("a page from elsewhere learns nothing", async (t) => {
  const ask = await start(t, configure("judge: { hosts: [judge.internal] }"), undefined);
  assert.equal((await ask("/-/healthy", { host: "judge.internal:8082" })).status, 200);
  for (const headers of [{ host: "evil.example" }, { host: "127.0.0.1", origin: "http://evil.example" }]) {
    const answer = await ask("/verdict", headers);
    assert.deepEqual([answer.status, codeOf(answer)], [403, "foreign_caller"]);
  }
  assert.match((await ask("/verdict", { host: "evil.example" })).body, /nor listed in judge\.hosts/);
});

test("with a token everything but probes and stops asks for it", async (t) => {
  const ask = await start(t, configure("admin: { token: a-token-of-the-operator }"), undefined);
  for (const path of ["/-/healthy", "/-/ready", "/-/stop"]) assert.equal((await ask(path)).status, 200, path);
  for (const path of ["/verdict", "/verdict/open", "/metrics", "/elsewhere"]) {
    const answer = await ask(path);
    assert.deepEqual([answer.status, codeOf(answer)], [401, "token_required"], path);
    assert.equal(answer.headers["www-authenticate"], "Bearer");
  }
  assert.equal((await ask("/metrics", { authorization: "Bearer a-token-of-the-operator" })).status, 200);
});

test("what is not there is a problem that says what is", async (t) => {
  const ask = await start(t, configure(""), undefined);
  const missing = await ask("/nothing?x=1");
  assert.deepEqual([missing.status, codeOf(missing)], [404, "not_found"]);
  assert.match(missing.body, /\/verdict, \/verdict\/open, \/metrics/);
  assert.equal(missing.headers["content-type"], "application/problem+json");
  const method = await ask("/verdict", {}, "POST");
  assert.deepEqual([method.status, codeOf(method), method.headers.allow], [405, "method_not_allowed", "GET"]);
  assert.deepEqual(
    [(await ask("/metrics", {}, "HEAD")).status, (await ask("/metrics", {}, "HEAD")).body],
    [200, ""],
  );
});

test("a verdict of variants that the configuration does not have is never shown", async (t) => {
  const verdict = emptyVerdict(configure(""));
  const ask = await start(t, loadExperiment("").config, verdict);
  for (const path of ["/verdict", "/metrics"]) {
    const answer = await ask(path);
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.body, /amber|birch/);
  }
});
