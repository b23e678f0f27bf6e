import assert from "node:assert/strict";
import { test } from "node:test";
import { startJudge } from "../../../test/support/stand-in-judge.ts";
import { startBytes, startUpstream, unusedUrl } from "../../../test/support/upstream.ts";
import { askJudge } from "./ask-judge.ts";

const signal = new AbortController().signal;
const ask = async (url: string, deadlineMs = 2_000) => {
  const answer = await askJudge(url, { deadlineMs, signal });
  return "problem" in answer ? answer.problem : answer;
};

test("a judge's answer is read, and what a later one may add is left out", async (t) => {
  const { url } = await startJudge(t, {
    experiment: "x",
    phase: 3,
    stopped: ["X"],
    at: 7,
    mode: "on",
    fingerprint: "abc",
    more: 1,
  });
  assert.deepEqual(await ask(url), {
    experiment: "x",
    phase: 3,
    stopped: ["X"],
    at: 7,
    fingerprint: "abc",
  });
});

test("whatever else answers is a problem in words, and never an error", async (t) => {
  const judge = await startJudge(t, { experiment: "x", phase: "3", stopped: "X" });
  assert.match(String(await ask(judge.url)), /none of a judge: .*phase/s);
  judge.notice = { experiment: "x", phase: 3, stopped: [], at: 7.5 };
  assert.match(String(await ask(judge.url)), /none of a judge: .*at/s);
  judge.failsWith = 503;
  assert.match(String(await ask(judge.url)), /It answered 503 to GET \/-\/stop\./);
  const html = await startUpstream(t, (_request, response) => void response.end("<html>"));
  assert.match(String(await ask(html.url)), /cannot be asked for GET \/-\/stop: .*JSON/);
  assert.match(String(await ask(await unusedUrl())), /ECONNREFUSED/);
  assert.match(String(await ask(await startBytes(t, "HTTP/1.1 200 OK\r\n", "end"))), /cannot be asked/);
  const redirects = await startUpstream(
    t,
    (_request, response) => void response.writeHead(302, { location: judge.url }).end(),
  );
  assert.match(String(await ask(redirects.url)), /answered 302/);
});

test("a judge that says too much, or nothing, is given up", async (t) => {
  const endless = await startUpstream(t, (_request, response) => void response.write(" ".repeat(70_000)));
  assert.match(String(await ask(endless.url)), /has more than 65536 bytes/);
  const judge = await startJudge(t);
  judge.isSilent = true;
  assert.match(String(await ask(judge.url, 50)), /nothing within 50 ms/);
  const slow = await startUpstream(t, (_request, response) => void response.write('{"experiment":'));
  assert.match(String(await ask(slow.url, 50)), /nothing within 50 ms/);
});
