import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import test from "node:test";
import { createAssignment } from "../../proxy/src/experiment/assignment.ts";
import { startSystem } from "../support/system.ts";

const USERS = 1_000;
const REQUESTS = 10_000;
const CALLERS = 16;
const TEXT = JSON.stringify({ text: "I expected more, but the ending made up for it." });
const STEPS = [
  [50, 50],
  [60, 40],
  [0, 100],
] as const;

interface User {
  readonly headers: Record<string, string>;
  /** What is hashed: the header's id, or the session's once there is one. */
  id: string | undefined;
  /** The variants met in each step, changes of step left out. */
  readonly met: Set<number>[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookie: string | undefined;
}

function post(url: string, headers: Record<string, string>, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = httpRequest(
      `${url}/predict`,
      {
        method: "POST",
        agent,
        headers: {
          ...headers,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(TEXT),
        },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body,
            cookie: response.headers["set-cookie"]?.[0]?.split(";")[0],
          }),
        );
        response.once("error", reject);
      },
    );
    call.once("error", reject);
    call.end(TEXT);
  });
}

test(`${REQUESTS} requests of ${USERS} users while the weights change twice: none fails, nobody moves who need not`, async (t) => {
  const system = await startSystem(t);
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  t.after(() => agent.destroy());
  // The two models score this text differently, and each scores it the same every time: the score tells the variant.
  const predictions = await Promise.all(system.workers.map(async (url) => (await post(url, {}, agent)).body));
  assert.notEqual(predictions[0], predictions[1]);

  const users = Array.from({ length: USERS }, (_, index): User => {
    const byHeader = index % 2 === 0;
    return {
      headers: byHeader ? { "x-user-id": `user-${index}` } : {},
      id: byHeader ? `user-${index}` : undefined,
      met: STEPS.map(() => new Set<number>()),
    };
  });
  const failures: string[] = [];
  const counts = STEPS.map(() => [0, 0]);
  /** Position in STEPS, or undefined while one configuration replaces the other. */
  let step: number | undefined = 0;
  let sent = 0;

  async function call(user: User): Promise<void> {
    const before = step;
    const answer = await post(system.url, user.headers, agent).catch((error: Error) => error);
    if (answer instanceof Error) return void failures.push(answer.message);
    const variant = predictions.indexOf(answer.body);
    if (answer.status !== 200 || variant < 0) return void failures.push(`${answer.status} ${answer.body}`);
    if (answer.cookie !== undefined) {
      user.headers.cookie = answer.cookie;
      user.id = answer.cookie.split("=")[1] as string;
    }
    if (before === undefined || before !== step) return;
    user.met[before]?.add(variant);
    (counts[before] as number[])[variant] = ((counts[before] as number[])[variant] as number) + 1;
  }

  /** Sends requests from all callers until `until` is reached, user after user. */
  const callers = Array.from({ length: CALLERS }, async () => {
    while (sent < REQUESTS) {
      const user = users[sent++ % USERS] as User;
      await call(user);
    }
  });
  const reached = async (count: number) => {
    while (sent < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  for (const [next, weights] of STEPS.entries()) {
    if (next > 0) {
      await reached((REQUESTS * next) / STEPS.length);
      step = undefined;
      await system.setWeights(weights[0], weights[1]);
      const expected = JSON.stringify(weights);
      for (;;) {
        const { config } = (await (await fetch(`${system.admin}/config`)).json()) as {
          config: { variants: { weight: number }[] };
        };
        if (JSON.stringify(config.variants.map(({ weight }) => weight)) === expected) break;
      }
      step = next;
    }
  }
  await Promise.all(callers);

  assert.deepEqual(failures, []);
  for (const user of users) {
    assert.ok(user.id !== undefined);
    for (const [index, weights] of STEPS.entries()) {
      const { variant } = createAssignment({ salt: "", weights }).assign(user.id);
      assert.deepEqual([...(user.met[index] ?? [])], [variant], `${user.id} at ${weights}`);
    }
  }
  const moved = users.filter(({ met }) => [...(met[0] ?? [])][0] !== [...(met[1] ?? [])][0]);
  const bucketOf = (user: User) =>
    createAssignment({ salt: "", weights: [100] }).assign(user.id as string).bucket;
  assert.ok(moved.length > 0 && moved.every((user) => bucketOf(user) >= 50 && bucketOf(user) < 60));
  for (const [index, weights] of STEPS.entries()) {
    const [a = 0, b = 0] = counts[index] as number[];
    t.diagnostic(
      `weights ${weights.join("/")}: ${a} and ${b} answers, ${((100 * a) / (a + b)).toFixed(1)} % from the first`,
    );
  }
  t.diagnostic(
    `${REQUESTS} requests, ${failures.length} failed; ${moved.length} of ${USERS} users moved in the first step`,
  );
});
