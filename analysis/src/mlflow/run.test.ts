import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import { sampleVerdict } from "../../../test/support/verdicts.ts";
import { maskVerdict } from "../verdict/mask.ts";
import { metricsOf, paramsOf, tagsOf } from "./facts.ts";
import { logRun } from "./run.ts";

const MASKED = maskVerdict(
  sampleVerdict(),
  new Map([
    ["distilbert", "X"],
    ["roberta", "Y"],
  ]),
);

type Reply = readonly [status: number, body: unknown];
type Script = (call: string, asked: number) => Reply | undefined;

const found = (stage = "active") => ({ experiment: { experiment_id: "7", lifecycle_stage: stage } });
const created = (uri = "mlflow-artifacts:/7/run/artifacts") => ({
  run: { info: { run_id: "run", artifact_uri: uri } },
});

/** A tracking server that says what the script says, and else what all is well with. */
async function serve(t: TestContext, script: Script = () => undefined) {
  const calls: { call: string; body: string; authorization: string | undefined }[] = [];
  async function answer(request: IncomingMessage): Promise<Reply> {
    const path = (request.url ?? "").replace(/^\/api\/2\.0\/(mlflow\/)?/, "").split("?")[0];
    const call = `${request.method} ${path}`;
    const { authorization } = request.headers;
    calls.push({ call, body: await text(request), authorization });
    const said = script(call, calls.filter((one) => one.call === call).length);
    if (said !== undefined) return said;
    if (call === "GET experiments/get-by-name") return [200, found()];
    return [200, call === "POST runs/create" ? created() : {}];
  }
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, calls, log: (env = {}) => logRun(MASKED, { url, env, now: () => 5 }) };
}

const ABSENT: Reply = [404, { error_code: "RESOURCE_DOES_NOT_EXIST", message: "not there" }];

test("a run is created, filled and ended", async (t) => {
  const { calls, log } = await serve(t);
  assert.deepEqual(await log(), { id: "run", notes: [] });
  assert.deepEqual(
    calls.map(({ call }) => call),
    [
      "GET experiments/get-by-name",
      "POST runs/create",
      "POST runs/log-batch",
      "POST runs/log-batch",
      "PUT mlflow-artifacts/artifacts/7/run/artifacts/report.html",
      "PUT mlflow-artifacts/artifacts/7/run/artifacts/report.md",
      "PUT mlflow-artifacts/artifacts/7/run/artifacts/report.json",
      "POST runs/update",
    ],
  );
  assert.deepEqual(JSON.parse(calls.at(-1)?.body ?? ""), { run_id: "run", status: "FINISHED", end_time: 5 });
  assert.ok(calls.every(({ body }) => !/roberta|distilbert/.test(body)));
});

test("an experiment that is not there is created, also if somebody else is faster", async (t) => {
  const alone = await serve(t, (call) =>
    call === "GET experiments/get-by-name"
      ? ABSENT
      : call === "POST experiments/create"
        ? [200, { experiment_id: "8" }]
        : undefined,
  );
  await alone.log();
  assert.match(alone.calls[2]?.body ?? "", /"experiment_id":"8"/);
  const late = await serve(t, (call, asked) =>
    call === "GET experiments/get-by-name" && asked === 1
      ? ABSENT
      : call === "POST experiments/create"
        ? [400, { error_code: "RESOURCE_ALREADY_EXISTS" }]
        : undefined,
  );
  await late.log();
  assert.match(late.calls[3]?.body ?? "", /"experiment_id":"7"/);
});

test("artifacts that do not go through the server become a tag, and that is said", async (t) => {
  const { calls, log } = await serve(t, (call) =>
    call === "POST runs/create" ? [200, created("s3://bucket/secret/7")] : undefined,
  );
  const { notes } = await log();
  assert.match(
    notes[0] ?? "",
    /keeps artifacts in s3:…, which is not reached .* the report is the tag blindsplit\.report/,
  );
  const tag = calls.map(({ body }) => body).find((body) => body.includes("blindsplit.report"));
  assert.ok(Buffer.byteLength(JSON.parse(tag ?? "{}").tags[0].value) <= 5_000);
});

test("a run that cannot be filled ends as failed, and the first failure is told", async (t) => {
  const { calls, log } = await serve(t, (call, asked) =>
    call === "POST runs/log-batch" && asked === 2
      ? [400, { error_code: "INVALID_PARAMETER_VALUE", message: "no\nroom" }]
      : call === "POST runs/update"
        ? [500, {}]
        : undefined,
  );
  await assert.rejects(log(), {
    name: "CommandError",
    message: /answers 400 \(INVALID_PARAMETER_VALUE: no room\) to runs\/log-batch$/,
  });
  assert.match(calls.at(-1)?.body ?? "", /"status":"FAILED"/);
});

for (const [what, script, message] of [
  ["is deleted", () => [200, found("deleted")], /is deleted: restore it \(mlflow experiments restore -x 7\)/],
  ["needs a password", () => [401, "no"], /answers 401 .*; give MLFLOW_TRACKING_TOKEN, or/],
  ["is none", () => [404, "no"], /answers 404 .*; --mlflow must be the address of a tracking server/],
] as const satisfies readonly (readonly [string, Script, RegExp])[])
  test(`where the experiment ${what}, the remedy is said`, async (t) => {
    const { log } = await serve(t, script);
    await assert.rejects(log(), (error) => error instanceof CommandError && message.test(error.message));
  });

test("a server that is not there is said", async () => {
  const options = { url: "http://127.0.0.1:1", env: {}, now: () => 5 };
  await assert.rejects(logRun(MASKED, options), {
    name: "CommandError",
    message: /^MLflow at http:\/\/127\.0\.0\.1:1 does not answer .*: is a tracking server there\?/,
  });
});

test("MLflow's own variables say who asks", async (t) => {
  const { calls, log } = await serve(t);
  await log({ MLFLOW_TRACKING_TOKEN: "a-token" });
  assert.equal(calls[0]?.authorization, "Bearer a-token");
  await log({ MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "mine" });
  assert.equal(calls.at(-1)?.authorization, `Basic ${Buffer.from("me:mine").toString("base64")}`);
});

test("what is masked in the verdict is masked in the run, and what is open is there", () => {
  const all = (verdict: Parameters<typeof metricsOf>[0]) =>
    JSON.stringify([metricsOf(verdict), paramsOf(verdict), tagsOf(verdict, "line")]);
  assert.doesNotMatch(all(MASKED), /roberta|distilbert|latency|memory|control|errors|expected/);
  const open = metricsOf(sampleVerdict());
  const value = (key: string) => open.find((metric) => metric.key === key)?.value;
  assert.equal(value("memory_bytes/roberta"), 402_653_184);
  assert.equal(value("exposures/distilbert"), 119_871);
  const looks = open.filter(({ key }) => key === "difference/primary/accuracy/roberta-distilbert");
  assert.equal(looks.length, 120);
  assert.deepEqual(
    looks.map(({ step }) => step),
    Array.from({ length: 120 }, (_, step) => step),
  );
});

test("numbers that MLflow cannot take are left out, and names get signs that it can", () => {
  const verdict = sampleVerdict({ names: ["a:b", "c"] });
  const broken = { ...verdict, daysLeft: Number.NaN };
  const metrics = metricsOf(broken);
  assert.ok(metrics.every(({ key, value }) => /^[\w./ -]{1,250}$/.test(key) && Number.isFinite(value)));
  assert.ok(metrics.some(({ key }) => key === "exposures/a_b"));
  assert.ok(!metrics.some(({ key }) => key === "days_left"));
});
