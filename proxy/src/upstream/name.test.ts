import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import test, { type TestContext } from "node:test";
import { until } from "../../../test/support/variant-upstreams.ts";
import { ResolvedName, type ResolveName } from "./name.ts";

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

function create(t: TestContext, resolve: ResolveName, refreshMs = 60_000) {
  let changes = 0;
  const name = new ResolvedName({ hostname: "model", refreshMs, resolve, onChange: () => changes++ });
  t.after(() => name.stop());
  const connect = () =>
    new Promise<string[]>((succeed, fail) => {
      name.lookup("model", { all: true }, (error, found) => {
        if (error) fail(error);
        else succeed((found as LookupAddress[]).map(({ address }) => address));
      });
    });
  return { name, connect, changes: () => changes };
}

test("a name is resolved at the first connect, once for all that connect meanwhile", async (t) => {
  let calls = 0;
  const { name, connect } = create(t, async () => {
    calls++;
    return [v4("10.0.0.1")];
  });
  name.start();
  assert.equal(calls, 0);
  assert.deepEqual(name.addresses, []);
  assert.deepEqual(await Promise.all([connect(), connect()]), [["10.0.0.1"], ["10.0.0.1"]]);
  await connect();
  assert.equal(calls, 1);
});

test("every connect begins with another address; the resolver's choice of the family stays", async (t) => {
  const { connect } = create(t, async () => [v6("::a"), v6("::b"), v4("10.0.0.1"), v4("10.0.0.2")]);
  assert.deepEqual(await connect(), ["::a", "::b", "10.0.0.1", "10.0.0.2"]);
  assert.deepEqual(await connect(), ["::b", "::a", "10.0.0.2", "10.0.0.1"]);
  assert.deepEqual(await connect(), ["::a", "::b", "10.0.0.1", "10.0.0.2"]);
});

test("whoever asks for one address gets one", async (t) => {
  const { name } = create(t, async () => [v4("10.0.0.1"), v4("10.0.0.2")]);
  const answer = await new Promise((resolve) =>
    name.lookup("model", {}, (_error, address, family) => resolve([address, family])),
  );
  assert.deepEqual(answer, ["10.0.0.1", 4]);
});

test("a name that does not resolve fails the connect, and the next one asks again", async (t) => {
  const answers = [Promise.reject(new Error("ENOTFOUND")), Promise.resolve([v4("10.0.0.1")])];
  const { connect } = create(t, () => answers.shift() ?? assert.fail("asked too often"));
  await assert.rejects(connect(), /ENOTFOUND/);
  assert.deepEqual(await connect(), ["10.0.0.1"]);
});

test("while it lives the name is resolved anew; a changed set is told, another order is not", async (t) => {
  const answers = [
    ["a", "b"],
    ["b", "a"],
    ["b", "c"],
  ];
  let calls = 0;
  const { name, connect, changes } = create(
    t,
    async () => (answers[calls++] ?? ["b", "c"]).map((last) => v4(`10.0.0.${last.charCodeAt(0)}`)),
    5,
  );
  name.start();
  await connect();
  await until(() => calls >= 2);
  await until(() => calls >= 4);
  assert.equal(changes(), 1);
  assert.deepEqual(name.addresses, ["10.0.0.98", "10.0.0.99"]);
});

test("a resolver that fails or finds nothing keeps the last known addresses", async (t) => {
  let calls = 0;
  const { name, connect, changes } = create(
    t,
    async () => {
      calls++;
      if (calls === 1) return [v4("10.0.0.1")];
      if (calls === 2) return [];
      throw new Error("SERVFAIL");
    },
    5,
  );
  name.start();
  await connect();
  await until(() => calls >= 4);
  assert.deepEqual(await connect(), ["10.0.0.1"]);
  assert.equal(changes(), 0);
});

test("addresses older than allowed are not used unless the resolver fails", async (t) => {
  let calls = 0;
  const { connect } = create(t, async () => [v4(`10.0.0.${++calls}`)], 1);
  assert.deepEqual(await connect(), ["10.0.0.1"]);
  const since = performance.now();
  await until(() => performance.now() - since > 2);
  assert.deepEqual(await connect(), ["10.0.0.2"]);
});
