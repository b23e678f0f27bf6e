import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { isIP } from "node:net";
import test, { type TestContext } from "node:test";
import { startUpstream } from "../../../test/support/upstream.ts";
import { addressTo, createUpstreamProcess, send, until } from "../../../test/support/variant-upstreams.ts";
import type { Upstream } from "./upstream.ts";

const only = ([upstream]: readonly Upstream[]) => upstream ?? assert.fail("there is none");

/** The same port on another address of this machine; systems differ in which of them there is. */
async function listenElsewhere(t: TestContext, port: number, answer: RequestListener): Promise<string> {
  for (const address of ["127.0.0.2", "::1"]) {
    const server = createServer(answer).listen(port, address);
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return address;
  }
  return assert.fail("this machine has neither 127.0.0.2 nor ::1");
}

test("an address is taken apart: origin, authority, prefix and extra fields", (t) => {
  const { publish } = createUpstreamProcess(t);
  const { all } = publish([
    addressTo("http://127.0.0.1:8000/v2/models/b", {
      host: "b.example",
      headers: { "x-a": "1", "x-b": "2" },
    }),
    addressTo("http://[::1]:8000"),
  ]);
  const [b, plain] = all;
  assert.deepEqual(
    [b?.url, b?.origin, b?.authority, b?.basePath, b?.headers],
    [
      "http://127.0.0.1:8000/v2/models/b",
      "http://127.0.0.1:8000",
      "b.example",
      "/v2/models/b",
      ["x-a", "1", "x-b", "2"],
    ],
  );
  assert.deepEqual(b?.headerNames, new Set(["x-a", "x-b"]));
  assert.deepEqual([plain?.authority, plain?.basePath, plain?.headerNames], ["[::1]:8000", "", undefined]);
  assert.equal(plain?.connectOptions.host, "::1");
});

test("a name that moves is followed: what is under way ends where it began, what comes next goes to the new place", async (t) => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const old = await startUpstream(t, async (_, response) => {
    response.write("old ");
    arrived.resolve();
    await release.promise;
    response.end("until the end");
  });
  const port = Number(new URL(old.url).port);
  const moved = await listenElsewhere(t, port, (_, response) => void response.end("new"));
  let address = "127.0.0.1";
  const { publish, metric } = createUpstreamProcess(t);
  const upstreams = publish([addressTo(`http://model.example:${port}`)], { dnsRefreshMs: 10 }, async () => [
    { address, family: isIP(address) },
  ]);
  const upstream = only(upstreams.all);
  const first = send(upstream);
  await arrived.promise;
  const dispatcher = upstream.dispatcher;
  address = moved;
  await until(() => upstream.dispatcher !== dispatcher);
  assert.equal((await send(upstream)).text, "new");
  release.resolve();
  assert.equal((await first).text, "old until the end");
  assert.deepEqual(upstream.addresses, [moved]);
  assert.equal(metric("dnsChanges", { upstream: upstream.url }), 1);
});

test("closing lets an answer end that is on its way; destroying does not, and both may be asked for again", async (t) => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, async (_, response) => {
    arrived.resolve();
    await release.promise;
    response.end("late");
  });
  const upstreams = createUpstreamProcess(t).publish([addressTo(url)]);
  const answer = send(only(upstreams.all));
  await arrived.promise;
  const closed = upstreams.close();
  release.resolve();
  assert.equal((await answer).text, "late");
  await closed;
  await upstreams.destroy();
  await upstreams.close();
});

test("an upstream may be destroyed while it is being closed", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { url } = await startUpstream(t, () => arrived.resolve());
  const upstreams = createUpstreamProcess(t).publish([addressTo(url)]);
  const answer = send(only(upstreams.all));
  await arrived.promise;
  const closed = upstreams.close();
  await upstreams.destroy();
  await assert.rejects(answer);
  await closed;
});
