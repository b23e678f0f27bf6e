import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test, { type TestContext } from "node:test";
import { configuration, startProxy } from "../../../test/support/running-proxy.ts";
import { startUpstream } from "../../../test/support/upstream.ts";

/** A service that answers each request when it is told to. */
async function startHeld(t: TestContext) {
  const held: (() => void)[] = [];
  const { url } = await startUpstream(t, (_request, response) => void held.push(() => response.end("ok")));
  return { url, held };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

test("who finds no place waits in the queue, who finds no room there is refused, who waits too long too", async (t) => {
  const { url, held } = await startHeld(t);
  const proxy = await startProxy(
    t,
    configuration({ only: url }, [100], "upstream: { max_in_flight: 1, queue: { size: 1, timeout: 10s } }"),
  );
  const first = fetch(proxy.url);
  await until(() => held.length === 1);
  const second = fetch(proxy.url);
  await until(async () => (await proxy.metric("ab_upstream_queued")) === 1);
  const third = await fetch(proxy.url);
  assert.equal(third.status, 503);
  assert.equal(third.headers.get("retry-after"), "1");
  assert.equal(await codeOf(third), "too_many_in_flight");
  held[0]?.();
  assert.equal((await first).status, 200);
  await until(() => held.length === 2);
  held[1]?.();
  assert.equal((await second).status, 200);

  await proxy.write(
    configuration({ only: url }, [100], "upstream: { max_in_flight: 1, queue: { size: 1, timeout: 20ms } }"),
  );
  await proxy.reload();
  const fourth = fetch(proxy.url);
  await until(() => held.length === 3);
  assert.equal((await fetch(proxy.url)).status, 503);
  assert.equal(await proxy.metric("ab_upstream_queue_refusals_total", { reason: "timeout" }), 1);
  held[2]?.();
  await fourth;
});

test("a caller that leaves the queue is forgotten", async (t) => {
  const { url, held } = await startHeld(t);
  const proxy = await startProxy(
    t,
    configuration({ only: url }, [100], "upstream: { max_in_flight: 1, queue: { size: 5, timeout: 10s } }"),
  );
  const first = fetch(proxy.url);
  await until(() => held.length === 1);
  const leaving = new AbortController();
  const left = fetch(proxy.url, { signal: leaving.signal });
  await until(async () => (await proxy.metric("ab_upstream_queued")) === 1);
  leaving.abort();
  await assert.rejects(left);
  await until(async () => (await proxy.metric("ab_upstream_queued")) === 0);
  held[0]?.();
  assert.equal((await first).status, 200);
  await until(async () => (await proxy.metric("ab_upstream_in_flight")) === 0);
  assert.equal(held.length, 1);
});

test("one cap holds for all variants together", async (t) => {
  const { url, held } = await startHeld(t);
  const proxy = await startProxy(
    t,
    configuration({ a: url, b: url }, [50, 50], "limits: { max_in_flight: 1 }"),
  );
  const first = fetch(proxy.url, { headers: { "x-user-id": "alice" } });
  await until(() => held.length === 1);
  const other = await fetch(proxy.url, { headers: { "x-user-id": "bob" } });
  assert.equal(other.status, 503);
  held[0]?.();
  await first;
});

test("a body above the limit is refused, by its length or when it gets there", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], "limits: { body: 1KiB }"));
  const post = (body: string | ReadableStream, more: object = {}) =>
    fetch(proxy.url, { method: "POST", body, ...more });
  assert.equal((await post("x".repeat(1024))).status, 200);
  const long = await post("x".repeat(1025));
  assert.equal(long.status, 413);
  assert.equal(await codeOf(long), "body_too_large");
  const pieces = new ReadableStream({
    start(controller) {
      for (let piece = 0; piece < 3; piece++) controller.enqueue(new Uint8Array(512));
      controller.close();
    },
  });
  assert.equal((await post(pieces, { duplex: "half" })).status, 413);
});

test("a body that pauses for too long is refused, a slow upload that moves is not", async (t) => {
  const { url } = await startUpstream(t, (request, response) => {
    request.resume().on("end", () => response.end("ok"));
  });
  const proxy = await startProxy(t, configuration({ only: url }, [100], "limits: { body_timeout: 50ms }"));
  for (const length of [10, 100_000]) {
    const socket = connect(proxy.port, "127.0.0.1").setEncoding("latin1");
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\nx`);
    let text = "";
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    await once(socket, "close");
    assert.match(text, /^HTTP\/1.1 408 .*request_timeout/s);
  }
  await until(async () => (await proxy.metric("ab_upstream_in_flight")) === 0);
});

test("a unit that asks too often gets 429 with Retry-After; another does not", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("ok"));
  const proxy = await startProxy(
    t,
    configuration({ only: url }, [100], "limits: { rate: { requests: 2, per: 60s } }"),
  );
  const ask = (headers: Record<string, string>) => fetch(proxy.url, { headers });
  for (let round = 0; round < 2; round++) assert.equal((await ask({ "x-user-id": "alice" })).status, 200);
  const refused = await ask({ "x-user-id": "alice" });
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  assert.equal(await codeOf(refused), "rate_limited");
  assert.equal((await ask({ "x-user-id": "bob" })).status, 200);
});

test("a caller that makes up sessions does not escape the rate limit; one that was signed has its own count", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("ok"));
  const rate = "limits: { rate: { requests: 2, per: 60s } }";
  const ask = async ({ url }: { url: string }, cookie = "") => {
    const { status, headers } = await fetch(url, { headers: { cookie } });
    return { status, cookie: headers.get("set-cookie")?.split("; ")[0] ?? "" };
  };
  const unsigned = await startProxy(t, configuration({ only: url }, [100], rate));
  const statuses: number[] = [];
  for (const letter of ["A", "B", "C"])
    statuses.push((await ask(unsigned, `model_session=${letter.repeat(22)}`)).status);
  assert.deepEqual(statuses, [200, 200, 429]);

  const secret = 'identity: { cookie: { secret: "a secret for this test" } }';
  const signing = await startProxy(t, configuration({ only: url }, [100], `${rate}\n${secret}`));
  const { cookie } = await ask(signing);
  await ask(signing);
  assert.equal((await ask(signing)).status, 429);
  assert.equal((await ask(signing, cookie)).status, 200);
});

test("a caller that drops its cookie does not escape the rate limit", async (t) => {
  const { url } = await startUpstream(t, (_request, response) => void response.end("ok"));
  const proxy = await startProxy(
    t,
    configuration({ only: url }, [100], "limits: { rate: { requests: 3, per: 60s } }"),
  );
  const statuses: number[] = [];
  for (let round = 0; round < 5; round++) statuses.push((await fetch(proxy.url)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
});
