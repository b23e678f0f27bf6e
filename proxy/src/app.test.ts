import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import test from "node:test";
import { exchangeRaw } from "../../test/support/raw-http.ts";
import { configuration, startProxy } from "../../test/support/running-proxy.ts";
import { startUpstream } from "../../test/support/upstream.ts";

const answering = (text: string) => (_request: unknown, response: { end(text: string): void }) =>
  response.end(text);

test("weights that change move exactly the users of the buckets beside the boundary", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const b = await startUpstream(t, answering("b"));
  const upstreams = { a: a.url, b: b.url };
  const proxy = await startProxy(t, configuration(upstreams, [50, 50]));
  const ids = Array.from({ length: 300 }, (_, index) => `user-${index}`);
  const variants = () =>
    Promise.all(ids.map(async (id) => (await fetch(proxy.url, { headers: { "x-user-id": id } })).text()));
  const buckets = await Promise.all(
    ids.map(
      async (id) =>
        ((await (await fetch(`${proxy.admin}/explain?id=${id}`)).json()) as { bucket: number }).bucket,
    ),
  );
  const before = await variants();
  await proxy.write(configuration(upstreams, [60, 40]));
  assert.equal((await proxy.reload()).result, "swapped");
  const after = await variants();
  for (const [index, bucket] of buckets.entries())
    assert.equal(
      before[index] !== after[index],
      bucket >= 50 && bucket < 60,
      `${ids[index]} in bucket ${bucket}`,
    );
});

test("a reload that fails keeps the previous generation and says every problem", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const proxy = await startProxy(t, configuration({ a: a.url }, [100]));
  await proxy.write(configuration({ a: a.url, b: "nowhere" }, [49, 50]));
  const response = await fetch(`${proxy.admin}/-/reload`, { method: "POST" });
  const outcome = (await response.json()) as { result: string; problems: { path: string }[] };
  assert.equal(response.status, 422);
  assert.equal(outcome.result, "rejected");
  assert.ok(outcome.problems.length >= 2, JSON.stringify(outcome));
  assert.equal(await (await fetch(proxy.url)).text(), "a");
  assert.equal(await proxy.metric("ab_config_last_reload_successful"), 0);
  assert.equal(await proxy.metric("ab_config_reloads_total", { result: "rejected" }), 1);
});

test("a reload that would move a listener is refused and says so", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const proxy = await startProxy(t, configuration({ a: a.url }, [100]));
  await proxy.write(configuration({ a: a.url }, [100], "admin: { host: 0.0.0.0 }"));
  const outcome = await proxy.reload();
  assert.equal(outcome.result, "rejected");
  assert.match(outcome.problems[0]?.message ?? "", /while running/);
});

test("a changed file is noticed without a signal", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const b = await startUpstream(t, answering("b"));
  const proxy = await startProxy(t, configuration({ a: a.url, b: b.url }, [100, 0]), true);
  assert.equal(await (await fetch(proxy.url)).text(), "a");
  await proxy.write(configuration({ a: a.url, b: b.url }, [0, 100]));
  while ((await (await fetch(proxy.url)).text()) !== "b");
  assert.equal(await proxy.metric("ab_config_reloads_total", { result: "swapped" }), 1);
});

test("a request keeps the generation that it started with, and its connections close after it", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const a = await startUpstream(t, async (_request, response) => {
    arrived.resolve();
    await release.promise;
    response.end("a");
  });
  const b = await startUpstream(t, answering("b"));
  const proxy = await startProxy(t, configuration({ a: a.url, b: b.url }, [100, 0]));
  const slow = fetch(proxy.url);
  await arrived.promise;
  await proxy.write(configuration({ a: a.url, b: b.url }, [0, 100]));
  await proxy.reload();
  assert.equal(await proxy.metric("ab_generations"), 2);
  assert.equal(await (await fetch(proxy.url)).text(), "b");
  release.resolve();
  assert.equal(await (await slow).text(), "a");
  while ((await proxy.metric("ab_generations")) !== 1);
});

test("not one request fails while the configuration is swapped again and again", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const b = await startUpstream(t, answering("b"));
  const upstreams = { a: a.url, b: b.url };
  const proxy = await startProxy(t, configuration(upstreams, [50, 50]));
  let running = true;
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    let count = 0;
    while (running) {
      const response = await fetch(proxy.url, {
        method: "POST",
        body: "x",
        headers: { "x-user-id": `u${caller}-${count}` },
      });
      assert.equal(response.status, 200);
      await response.arrayBuffer();
      count++;
    }
    return count;
  });
  for (let round = 0; round < 25; round++) {
    await proxy.write(configuration(upstreams, [round, 100 - round]));
    assert.equal((await proxy.reload()).result, "swapped");
  }
  running = false;
  assert.ok((await Promise.all(callers)).every((count) => count > 0));
  while ((await proxy.metric("ab_generations")) !== 1);
});

test("a stop lets the request in flight end, says close, and takes no new connection", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const a = await startUpstream(t, async (_request, response) => {
    arrived.resolve();
    await release.promise;
    response.end("done");
  });
  const proxy = await startProxy(t, configuration({ a: a.url }, [100], "shutdown: { deadline: 10m }"));
  const idle = connect(proxy.port, "127.0.0.1");
  await once(idle, "connect");
  const slow = exchangeRaw(proxy.port, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await arrived.promise;
  const stopped = proxy.stop();
  await once(idle, "close");
  await assert.rejects(fetch(proxy.url));
  release.resolve();
  // It kept its connection alive when it asked; the answer says that this is over, and the stop need not wait for it.
  const answer = await slow;
  assert.match(answer.body, /done/);
  const connection = answer.headers.find(([name]) => name === "connection");
  assert.deepEqual(connection, ["connection", "close"]);
  await stopped;
});

test("a stop ends what does not end by itself at the deadline", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const a = await startUpstream(t, () => arrived.resolve());
  const proxy = await startProxy(t, configuration({ a: a.url }, [100], "shutdown: { deadline: 50ms }"));
  const slow = assert.rejects(fetch(proxy.url));
  await arrived.promise;
  await proxy.stop();
  await slow;
});

test("every series that can exist is there with 0 before the first request", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const proxy = await startProxy(t, configuration({ a: a.url, b: a.url }, [50, 50]));
  const read = async () =>
    (await (await fetch(`${proxy.admin}/metrics`)).text())
      .split("\n")
      .filter((line) => line.startsWith("ab_"))
      .map((line) => line.slice(0, line.lastIndexOf(" ")));
  const values = (await (await fetch(`${proxy.admin}/metrics`)).text()).split("\n");
  const counters = values.filter((line) => /^ab_[a-z_]+(_total|_count|_sum|_bucket)\b/.test(line));
  assert.ok(counters.length > 1000);
  assert.deepEqual(
    counters.filter((line) => !line.endsWith(" 0")),
    [],
  );
  const before = await read();
  assert.equal(new Set(before).size, before.length);
  for (const id of ["alice", "bob", ""])
    await (await fetch(proxy.url, { headers: { "x-user-id": id } })).arrayBuffer();
  for (const path of ["/metrics", "/x?y", "/%00"]) await (await fetch(proxy.url + path)).arrayBuffer();
  assert.deepEqual(await read(), before);
});

test("the log holds no id, no cookie and no path", async (t) => {
  const a = await startUpstream(t, answering("a"));
  const proxy = await startProxy(t, configuration({ a: a.url }, [100]));
  await (
    await fetch(`${proxy.url}/secret-path`, {
      headers: { "x-user-id": "secret-id", cookie: "c=secret-cookie" },
    })
  ).text();
  // What does write to the log: a refused id, a service that is gone, a reload that is rejected.
  await fetch(proxy.url, { headers: { "x-user-id": "secret-id".repeat(40) } });
  a.server.close();
  a.server.closeAllConnections();
  assert.equal((await fetch(`${proxy.url}/secret-path`)).status, 502);
  await proxy.write("variants: nonsense");
  await proxy.reload();
  await proxy.stop();
  assert.ok(proxy.log.length > 3);
  assert.ok(!proxy.log.join("").includes("secret"));
});
