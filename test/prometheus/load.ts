import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

const texts = [
  "what a lovely day",
  "the worst film I have seen in years",
  "the parcel arrived on Tuesday",
  "I am not sure whether I like it",
  "ugh, my phone died again",
  "best concert ever!! thank you",
];
const callersAtOnce = 8;
/** A worker that is behind says 429; the request is sent again, and counts there as a refusal with the label none. */
const attempts = 20;

interface Caller {
  headers: Record<string, string>;
}

async function predict(url: string, caller: Caller, text: string): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(`${url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json", ...caller.headers },
      body: JSON.stringify({ text }),
    });
    const body = await answer.text();
    if (answer.status === 200) return answer;
    assert.ok(answer.status === 429 && attempt < attempts, `${answer.status}: ${body}`);
    await pause(50);
  }
}

/** Half of the callers are services with an id in the header, half are browsers that keep their cookie. */
async function createCaller(url: string, index: number): Promise<{ caller: Caller; sent: number }> {
  if (index % 2 === 0) return { caller: { headers: { "x-user-id": `user-${index}` } }, sent: 0 };
  const answer = await predict(url, { headers: {} }, "hello");
  const cookie =
    answer.headers.getSetCookie()[0]?.split(";")[0] ?? assert.fail("a new session got no cookie");
  return { caller: { headers: { cookie } }, sent: 1 };
}

/** Sends predictions for many units through the gateway; resolves to how many were answered with 200. */
export async function drive(url: string, units: number, requestsPerUnit: number): Promise<number> {
  const waiting = Array.from({ length: units }, (_, index) => index);
  let answered = 0;
  async function work(): Promise<void> {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const { caller, sent } = await createCaller(url, index);
      answered += sent;
      for (let turn = 0; turn < requestsPerUnit; turn += 1) {
        await predict(url, caller, texts[(index + turn) % texts.length] ?? "");
        answered += 1;
      }
    }
  }
  await Promise.all(Array.from({ length: callersAtOnce }, work));
  return answered;
}
