import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startLocalWorker } from "../../worker/evaluation/local-worker.ts";
import { type Language, readClient, runClient } from "./readme-clients.ts";

const ROOT = join(import.meta.dirname, "../..");
const LANGUAGES: readonly Language[] = ["sh", "python", "js"];
const SCORE = String.raw`0\.\d{1,6}`;
/** What each client prints of its predictions. */
const OUTPUTS = {
  sh: new RegExp(
    String.raw`\{"label":"positive","score":${SCORE}\}\{"predictions":\[\{"label":"positive","score":${SCORE}\},\{"label":"negative","score":${SCORE}\}\]\}`,
  ),
  python: new RegExp(`^positive ${SCORE}\nnegative ${SCORE}\n$`),
  js: new RegExp(`^positive ${SCORE}\nnegative ${SCORE}\n$`),
};

async function serve(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startWorker(t: TestContext): Promise<string> {
  const worker = await startLocalWorker({ model: "worker/models/distilbert-mini-sst2", flags: [] }, ROOT);
  t.after(() => worker.stop());
  return worker.url;
}

test("the clients of README.md get their predictions from a worker", async (t) => {
  const url = await startWorker(t);
  for (const language of LANGUAGES) {
    const { exitCode, stdout, stderr } = await runClient(language, await readClient(language, url));
    assert.deepEqual([exitCode, stderr], [0, ""], language);
    assert.match(stdout, OUTPUTS[language], language);
  }
});

for (const language of LANGUAGES) {
  test(`${language}: a 429 is tried again after Retry-After, and the wait is bounded`, async (t) => {
    const worker = await startWorker(t);
    const asked: { readonly atMs: number; readonly timeout: string | undefined }[] = [];
    const url = await serve(t, async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      const timeout = request.headers["x-request-timeout"] as string | undefined;
      // The shell's first request is the simple one, without a wish.
      if (timeout !== undefined) asked.push({ atMs: performance.now(), timeout });
      if (asked.length === 1) {
        response.writeHead(429, { "retry-after": "1" }).end('{"code":"queue_full","detail":"full"}');
        return;
      }
      const answer = await fetch(worker + request.url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-request-timeout": timeout ?? "4s" },
        body,
      });
      response.end(await answer.text());
    });
    const { exitCode, stdout } = await runClient(language, await readClient(language, url));
    assert.equal(exitCode, 0);
    assert.match(stdout, OUTPUTS[language]);
    const [first, second, ...more] = asked;
    assert.deepEqual(more, []);
    assert.match(String(second?.timeout), /^4(000m)?s$/);
    const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    // Timers may fire a moment early.
    assert.ok(waitedMs > 900, `waited ${waitedMs} ms`);
  });

  test(`${language}: a worker that never answers ends the client with an error`, async (t) => {
    const url = await serve(t, (request) => request.resume());
    // The shell's second request is the one with a limit.
    const code = (await readClient(language, url)).replace(/^curl -s http.*\n/, "").replace("--retry 3 ", "");
    const { exitCode, stderr } = await runClient(language, code);
    assert.ok(exitCode !== 0 && exitCode !== undefined);
    assert.match(stderr, /tim(ed|e) ?-?out/i);
  });
}

test("an error of the request is shown with its code, and not tried again", async (t) => {
  let requests = 0;
  const url = await serve(t, (request, response) => {
    requests += 1;
    request.resume();
    response.writeHead(422).end('{"code":"text_empty","detail":"texts[0]: is empty"}');
  });
  for (const language of ["python", "js"] as const) {
    const { exitCode, stderr } = await runClient(language, await readClient(language, url));
    assert.equal(exitCode, 1);
    assert.match(stderr, /text_empty: texts\[0\]: is empty/);
  }
  assert.equal(requests, 2);
});
