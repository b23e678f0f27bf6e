import assert from "node:assert/strict";
import test from "node:test";
import { configuration, type RunningProxy, startProxy } from "../../support/running-proxy.ts";
import { callRaw, type Heard } from "./caller.ts";
import { raw, type SmugglingCase } from "./case.ts";
import { chunks } from "./chunks.ts";
import { fields } from "./fields.ts";
import { framing } from "./framing.ts";
import { hiddenTargets, openTargets } from "./hidden-paths.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { requestLines } from "./request-lines.ts";
import { sequences } from "./sequences.ts";
import { values } from "./values.ts";

const tables: Readonly<Record<string, readonly SmugglingCase[]>> = {
  "where a body ends": framing,
  "chunks and trailers": chunks,
  "field lines, Host and Connection": fields,
  "request lines": requestLines,
  "requests within and after requests": sequences,
  "values that travel": values,
};

for (const [title, cases] of Object.entries(tables))
  test(`${title}: ${cases.length} attacks, none makes a second request`, async (t) => {
    const recorder = await startRecorder(t);
    const proxy = await startProxy(t, configuration({ only: recorder.url }, [100]));
    const failures: string[] = [];
    for (const attack of cases) {
      const problem = await attempt(proxy, recorder, attack);
      if (problem !== undefined) failures.push(`${attack.name}: ${problem}`);
    }
    t.diagnostic(`${cases.length} cases, ${failures.length} failed`);
    assert.deepEqual(failures, []);
  });

test(`hidden paths: of ${hiddenTargets.length} targets none reaches the upstream`, async (t) => {
  const recorder = await startRecorder(t);
  const proxy = await startProxy(t, configuration({ only: recorder.url }, [100]));
  for (const target of hiddenTargets) {
    const { statuses } = await callRaw(proxy.port, raw(`GET ${target} HTTP/1.1`, []), 1);
    assert.ok(statuses[0] === 404 || statuses[0] === 400, `${target}: ${statuses[0]}`);
    assert.deepEqual(recorder.requests, [], target);
    assert.equal(recorder.unfinished(), "", target);
  }
  for (const target of openTargets) {
    recorder.forget();
    await callRaw(proxy.port, raw(`GET ${target} HTTP/1.1`, []), 1);
    assert.deepEqual(
      recorder.requests.map((request) => request.target),
      [target],
    );
  }
});

/** What went wrong, if anything did. */
async function attempt(
  proxy: RunningProxy,
  recorder: Recorder,
  attack: SmugglingCase,
): Promise<string | undefined> {
  const { bytes, expect, requests: sent = 1 } = attack;
  // An idle connection to the upstream carries what should never have been sent before anybody can stop it.
  await callRaw(proxy.port, raw("GET /warm HTTP/1.1", []), 1);
  recorder.forget();
  const before = await countRequests(proxy);
  const heard = await callRaw(
    proxy.port,
    bytes,
    expect === "refused" ? "closing" : expect === "incomplete" ? 0 : sent,
  );
  const counted = (await countRequests(proxy)) - before;
  const seen = recorder.requests.map(({ text }) => text).join("");
  const statuses = heard.statuses.join();
  if (recorder.flaws.length > 0)
    return `the upstream was sent a flawed request: ${recorder.flaws.join("; ")}`;
  if (recorder.requests.some(({ target }) => target.startsWith("/smuggled"))) return `smuggled (${statuses})`;
  if (attack.absent?.test(seen)) return `the upstream saw ${attack.absent}: ${seen.slice(0, 400)}`;
  if (seen !== "" && attack.present?.test(seen) === false)
    return `the upstream did not see ${attack.present}`;
  const refused = judgeRefusal(attack, heard, recorder, counted);
  const forwarded = judgeForwarding(sent, heard, recorder, counted);
  switch (expect) {
    case "incomplete":
      return recorder.requests.length === 0 ? undefined : "the upstream saw a whole request";
    case "forwarded":
      return forwarded;
    case "either":
      return refused === undefined || forwarded === undefined ? undefined : `${refused}; ${forwarded}`;
    default:
      return refused;
  }
}

function judgeRefusal(
  { expect }: SmugglingCase,
  { statuses, closed }: Heard,
  { requests }: Recorder,
  counted: number,
): string | undefined {
  const [status = 0] = statuses;
  if (statuses.length !== 1 || status < 400) return `answered ${statuses.join() || "nothing"}, not refused`;
  if (requests.length > 0) return `refused with ${status}, but the upstream saw it`;
  if (counted > 1) return `refused with ${status}, but counted as ${counted} requests`;
  if (expect === "refused" && !closed) return `refused with ${status}, but the connection stays open`;
  return undefined;
}

function judgeForwarding(
  sent: number,
  { statuses }: Heard,
  { requests }: Recorder,
  counted: number,
): string | undefined {
  const answered = statuses.filter((status) => status === 200).length;
  if (answered !== sent) return `${answered} of ${sent} answered (${statuses.join() || "nothing"})`;
  if (requests.length !== sent) return `the upstream saw ${requests.length} requests for ${sent}`;
  // Garbage that follows may be counted as refused.
  if (counted < sent || counted > sent + 1) return `${sent} requests were counted as ${counted}`;
  return undefined;
}

async function countRequests(proxy: RunningProxy): Promise<number> {
  return (await proxy.metric("ab_requests_total")) ?? 0;
}
