import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { Attendance } from "./attendance.ts";
import { type Amount, ReadingBudget } from "./budget.ts";
import { Lanes } from "./lanes.ts";
import { Names } from "./names.ts";
import { askProcesses } from "./processes.ts";

const MUCH = { bytes: 1_000_000, samples: 1_000 };

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

/** Takes connections and never answers. */
async function startSilent(t: TestContext, address: string, port: number): Promise<void> {
  const server = createServer(() => undefined);
  server.listen(port, address);
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
}

async function askName(
  port: number,
  found: readonly string[],
  more: Partial<{
    addresses: string[];
    inAll: number;
    deadlineMs: number;
    signal: AbortSignal;
    attendance: Attendance;
    budget: Amount;
  }> = {},
) {
  const { addresses = [], inAll = 100, deadlineMs = 10_000, budget = MUCH } = more;
  const { signal = new AbortController().signal, attendance = new Attendance() } = more;
  const resolve = async (): Promise<LookupAddress[]> => {
    if (found.length === 0) throw new Error("getaddrinfo ENOTFOUND models");
    return found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  const processes = await askProcesses(
    { connectOptions: { host: "models", port, tls: false }, authority: undefined, headers: [], addresses },
    {
      wanted: new Map([["who", undefined]]),
      most: MUCH,
      budget: new ReadingBudget(budget),
      deadlineMs,
      signal,
      names: new Names(resolve),
      attendance,
      lanes: new Lanes({ atOnce: 2, inAll }),
    },
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
  assert.match(late ?? "", /^It was not asked: its name has not been resolved yet\.$/);
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

test("processes that never answer do not hide one that does, however many they are and wherever it stands", async (t) => {
  const silent = Array.from({ length: 6 }, (_, index) => `127.0.1.${index + 1}`);
  const port = await startOn(t, ["127.0.0.7"]);
  for (const address of silent) await startSilent(t, address, port);
  const attendance = new Attendance();
  let firstSeen = 0;
  for (let collection = 1; collection <= 6; collection++) {
    attendance.begin();
    const signal = AbortSignal.timeout(600);
    const shown = await askName(port, [...silent, "127.0.0.7"], { attendance, signal, deadlineMs: 500 });
    const isSeen = shown.some(([address, who]) => address === "127.0.0.7" && who === address);
    if (firstSeen > 0) assert.ok(isSeen, `seen in collection ${firstSeen}, and not in ${collection}`);
    else if (isSeen) firstSeen = collection;
  }
  assert.ok(firstSeen > 0);
});

test("all answers together are bounded, and who is over it is shown with that", async (t) => {
  const addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
  const port = await startOn(t, addresses);
  for (const budget of [
    { bytes: 1_000_000, samples: 2 },
    { bytes: 60, samples: 1_000 },
  ]) {
    const shown = await askName(port, addresses, { budget });
    const over = shown.filter(([, what]) => /all answers together have more than \d+ bytes/.test(what ?? ""));
    assert.equal(over.length, 1);
    assert.equal(shown.filter(([address, who]) => who === address).length, 2);
  }
});
