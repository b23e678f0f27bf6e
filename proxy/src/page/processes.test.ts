import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { Lanes } from "./lanes.ts";
import { askProcesses } from "./processes.ts";

/** The same port on several loopback addresses, each a process of its own that says who it is. */
async function startOn(t: TestContext, addresses: readonly string[]): Promise<number> {
  let port = 0;
  for (const address of addresses) {
    const server = createServer((_, response) => void response.end(`who{address="${address}"} 1\n`));
    server.listen(port, address);
    await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
    port = (server.address() as AddressInfo).port;
    t.after(() => server.close());
  }
  return port;
}

async function askName(
  port: number,
  found: readonly string[],
  more: { addresses?: string[]; inAll?: number; signal?: AbortSignal } = {},
) {
  const { addresses = [], inAll = 100, signal = new AbortController().signal } = more;
  const resolve = async (): Promise<LookupAddress[]> => {
    if (found.length === 0) throw new Error("getaddrinfo ENOTFOUND models");
    return found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  const processes = await askProcesses(
    { connectOptions: { host: "models", port, tls: false }, authority: undefined, headers: [], addresses },
    { wanted: new Set(["who"]), deadlineMs: 10_000, signal, resolve, lanes: new Lanes({ atOnce: 2, inAll }) },
  );
  return processes.map(({ address, problem, samples }) => [
    address.replace(`:${port}`, ""),
    problem ?? samples?.[0]?.labels.address,
  ]);
}

test("a name with several addresses is several processes, in one order whatever the resolver says", async (t) => {
  const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
  const port = await startOn(t, addresses);
  const expected = addresses.map((address) => [address, address]);
  assert.deepEqual(await askName(port, addresses), expected);
  assert.deepEqual(await askName(port, [...addresses.toReversed(), "127.0.0.1"]), expected);
});

test("addresses that the gateway knows already are asked without the resolver", async (t) => {
  const port = await startOn(t, ["127.0.0.2"]);
  assert.deepEqual(await askName(port, [], { addresses: ["127.0.0.2"] }), [["127.0.0.2", "127.0.0.2"]]);
});

test("of two families the resolver's first is asked, the other one only where nobody can be reached", async (t) => {
  const port = await startOn(t, ["127.0.0.1"]);
  assert.deepEqual(await askName(port, ["127.0.0.1", "::1"]), [["127.0.0.1", "127.0.0.1"]]);
  assert.deepEqual(await askName(port, ["::1", "127.0.0.1"]), [["127.0.0.1", "127.0.0.1"]]);
});

test("where neither family answers the first is shown, and an address that fails does not hide the others", async (t) => {
  const port = await startOn(t, ["127.0.0.1"]);
  const [[up], [down, problem] = []] = (await askName(port, ["127.0.0.1", "127.0.0.9"])) as [
    string[],
    string[],
  ];
  assert.deepEqual([up, down], ["127.0.0.1", "127.0.0.9"]);
  assert.match(problem ?? "", /ECONNREFUSED/);
  const neither = await askName(port, ["127.0.0.9", "::1"]);
  assert.deepEqual(
    neither.map(([address]) => address),
    ["127.0.0.9"],
  );
});

test("a name that leads nowhere, and a resolver that does not answer, are one line each", async () => {
  assert.deepEqual(await askName(1, []), [
    ["models", "Its name leads nowhere: getaddrinfo ENOTFOUND models."],
  ]);
  const [[, late] = []] = await askName(1, ["127.0.0.1"], { signal: AbortSignal.abort() });
  assert.match(late ?? "", /^Its name leads nowhere: no answer of the resolver|^It was not asked/);
});

test("no more processes are asked than a page asks in all", async (t) => {
  const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
  const port = await startOn(t, addresses);
  const shown = await askName(port, addresses, { inAll: 2 });
  assert.deepEqual(shown.slice(0, 2), [
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.2", "127.0.0.2"],
  ]);
  assert.match(String(shown[2]?.[1]), /^It was not asked/);
});
