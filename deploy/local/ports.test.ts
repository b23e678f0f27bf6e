import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { type Address, claimPorts } from "./ports.ts";

const address = (port: number, host = "127.0.0.1", flag = "--port"): Address => ({
  use: "traffic",
  flag,
  host,
  port,
});

async function occupy(t: TestContext): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : assert.fail("no port");
}

test("a port of 0 is replaced by a free one", async () => {
  const [first, second] = await claimPorts([address(0), address(0)]);
  assert.ok(first && second);
  assert.deepEqual(await claimPorts([address(first)]), [first]);
});

test("every port in use is told at once", async (t) => {
  const [first, second] = [await occupy(t), await occupy(t)];
  await assert.rejects(claimPorts([address(first), address(second, "127.0.0.1", "--admin-port")]), {
    code: "port_unusable",
    message: new RegExp(`port ${first} .*--port[\\s\\S]*port ${second} .*--admin-port`),
  });
});

test("one port for two listeners is refused", async () => {
  await assert.rejects(
    claimPorts([address(8080), { ...address(8080), use: "admin", flag: "--admin-port" }]),
    {
      message: /port 8080 is given to both traffic and admin: change --admin-port/,
    },
  );
});

test("an address of another machine is refused", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737).
  await assert.rejects(claimPorts([address(0, "192.0.2.1")]), {
    message: /192\.0\.2\.1 \(traffic\) is no address of this machine: choose another with --host/,
  });
});
