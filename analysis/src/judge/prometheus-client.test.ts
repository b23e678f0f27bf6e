import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { type TestContext, test } from "node:test";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { PrometheusClient, PrometheusError, type PrometheusLimits } from "./prometheus-client.ts";

const QUICK = { attempts: 3, firstPauseMs: 1, deadlineMs: 5_000 };
const EMPTY = '{"status":"success","data":{"resultType":"vector","result":[]}}';

/** Answers by turns; what comes after the last is as the last. */
async function start(
  t: TestContext,
  answers: readonly RequestListener[],
  limits: Partial<PrometheusLimits> = {},
) {
  let asked = 0;
  const { url } = await startUpstream(t, (request, response) => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    answer?.(request, response);
  });
  const client = new PrometheusClient(`${url}/base/`, { ...QUICK, ...limits });
  t.after(() => client.stop());
  return { client, asked: () => asked };
}

const says =
  (status: number, body: string): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  };

test("a query is a form, times are in seconds, and points are as Prometheus gives them", async (t) => {
  let seen = "";
  const { client } = await start(t, [
    (request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => {
        seen += text;
      });
      request.once("end", () => {
        seen = `${request.method} ${request.url} ${seen}`;
        response.end(
          '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"2"],[3,"NaN"]]}]}}',
        );
      });
    },
  ]);
  const found = await client.range('up{a="b"}', { from: 1500, to: 3000, stepMs: 1500 });
  assert.deepEqual(found, [
    {
      metric: { a: "b" },
      values: [
        [1.5, "2"],
        [3, "NaN"],
      ],
    },
  ]);
  assert.equal(
    seen,
    "POST /base/api/v1/query_range query=up%7Ba%3D%22b%22%7D&start=1.500&end=3.000&step=1.500",
  );
});

test("a passing failure is asked again, as often as the budget allows", async (t) => {
  const cut: RequestListener = (request) => void request.socket.destroy();
  const { client, asked } = await start(t, [cut, says(502, "bad gateway"), says(200, EMPTY)]);
  assert.deepEqual(await client.instant("up", 0), []);
  assert.equal(asked(), 3);

  const broken = await start(t, [says(503, "starting")]);
  await assert.rejects(broken.client.instant("up", 0), {
    name: "PrometheusError",
    message: /cannot be read: it answers 503 without JSON; given up after 3 attempts/,
  });
  assert.equal(broken.asked(), 3);
});

test("what Prometheus refuses is not asked again; what is too much says so", async (t) => {
  for (const [status, error, isTooMuch] of [
    [400, "parse error", false],
    [422, "query processing would load too many samples into memory", true],
    [503, "query timed out in expression evaluation", true],
  ] as const) {
    const { client, asked } = await start(t, [says(status, JSON.stringify({ status: "error", error }))]);
    await assert.rejects(client.instant("up", 0), (thrown) => {
      assert.ok(thrown instanceof PrometheusError);
      assert.deepEqual([thrown.isTooMuch, thrown.message], [isTooMuch, `Prometheus refuses: ${error}`]);
      return true;
    });
    assert.equal(asked(), 1);
  }
});

test("an answer is read as far as it may be long", async (t) => {
  const { client, asked } = await start(t, [says(200, "x".repeat(5_000))], { answerBytes: 1_000 });
  await assert.rejects(client.instant("up", 0), { isTooMuch: true, message: /more than 1000 bytes/ });
  assert.equal(asked(), 1);
});

test("whoever is no Prometheus is told apart from one that is ill", async (t) => {
  const { client } = await start(t, [says(404, "not found")]);
  await assert.rejects(client.instant("up", 0), /answers 404 without JSON: is it a Prometheus\?/);
  const other = await start(t, [says(200, '{"status":"success"}')]);
  await assert.rejects(other.client.instant("up", 0), /neither a result nor an error/);
});

test("silence ends at the deadline, and a stop ends everything", async (t) => {
  const silent: RequestListener = (request) => void request.resume();
  const { client } = await start(t, [silent], { deadlineMs: 50, attempts: 1 });
  await assert.rejects(client.instant("up", 0), /nothing within 50 ms; given up after 1 attempts/);

  const stopped = await start(t, [silent]);
  const asking = assert.rejects(stopped.client.instant("up", 0));
  await stopped.client.stop();
  await asking;

  const nobody = new PrometheusClient(await unusedUrl(), QUICK);
  await assert.rejects(nobody.instant("up", 0), /ECONNREFUSED.*given up after 3 attempts/);
  await nobody.stop();
});
