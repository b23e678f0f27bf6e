import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { createConnectOptions } from "../upstream/connect-options.ts";
import { ask } from "./ask.ts";
import { ReadingBudget } from "./budget.ts";

const MOST = { bytes: 10_000, samples: 10 };

async function hasAnswered(url: string, deadlineMs = 10_000): Promise<boolean | undefined> {
  const connectOptions = createConnectOptions(new URL(url), undefined, undefined);
  const asked = await ask({ connectOptions, authority: undefined, headers: [] }, "127.0.0.1", {
    wanted: new Map([["who", undefined]]),
    most: MOST,
    budget: new ReadingBudget(MOST),
    deadlineMs,
    signal: new AbortController().signal,
  });
  return asked.problem === undefined ? undefined : asked.hasAnswered;
}

async function answering(t: TestContext, status: number, body: string): Promise<string> {
  const { url } = await startUpstream(t, (_, response) => void response.writeHead(status).end(body));
  return url;
}

test("a service without metrics, or with too many, has answered all the same", async (t) => {
  assert.equal(await hasAnswered(await answering(t, 200, "who 1\n")), undefined);
  assert.equal(await hasAnswered(await answering(t, 404, "not here")), true);
  assert.equal(await hasAnswered(await answering(t, 200, "x".repeat(MOST.bytes + 1))), true);
  assert.equal(await hasAnswered(await answering(t, 200, "who 1\n".repeat(MOST.samples + 1))), true);
});

test("who is not there, comes too late, breaks off or whose balancer says so has not answered", async (t) => {
  assert.equal(await hasAnswered(await unusedUrl()), false);
  assert.equal(await hasAnswered(await answering(t, 503, "no server is available")), false);
  const late = await startUpstream(t, () => undefined);
  assert.equal(await hasAnswered(late.url, 50), false);
  const broken = await startUpstream(t, (_, response) => {
    response.writeHead(200, { "content-length": 100 }).write("who 1\n", () => response.destroy());
  });
  assert.equal(await hasAnswered(broken.url), false);
});
