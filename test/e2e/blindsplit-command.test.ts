import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { writeFiles } from "../support/terminal.ts";
import { startUpstream } from "../support/upstream.ts";

const MAIN = join(import.meta.dirname, "../../proxy/src/main.ts");
const FORCE = 'force: { secret: "a secret for this test" }';

/** The real command in a process of its own. */
function blindsplit(...argv: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string; err: string }>();
  execFile(process.execPath, [MAIN, ...argv], { env: {} }, (error, out, err) =>
    resolve({ code: error === null ? 0 : error.code, out, err }),
  );
  return promise;
}

test("check says who moves, or what is wrong, by its exit code too", async (t) => {
  const at = (one: number, other: number) =>
    configuration({ a: "http://127.0.0.1:1", b: "http://127.0.0.1:2" }, [one, other]);
  const path = await writeFiles(t, {
    "old.yaml": at(50, 50),
    "new.yaml": at(60, 40),
    "bad.yaml": at(50, 40),
  });
  const moves = await blindsplit("check", path("old.yaml"), path("new.yaml"));
  assert.deepEqual([moves.code, moves.err], [0, ""]);
  assert.match(moves.out, /^buckets 50-59, 10 % of users, move from b to a$/m);
  const bad = await blindsplit("check", path("bad.yaml"));
  assert.deepEqual([bad.code, bad.out], [1, ""]);
  assert.match(bad.err, /bad\.yaml:3:3 variants: weights 50 \+ 40 sum to 90/);
});

test("help, version and mistakes", async () => {
  assert.match((await blindsplit("--help")).out, /blindsplit check OLD NEW.*--admin-port PORT/s);
  assert.match((await blindsplit("serve", "--version")).out, /^blindsplit \d+\.\d+\.\d+\n$/);
  assert.match((await blindsplit("check", "--help")).out, /--json/);
  const unknown = await blindsplit("chek");
  assert.deepEqual([unknown.code, unknown.out], [2, ""]);
  assert.match(unknown.err, /did you mean check\?/);
  assert.equal((await blindsplit("check")).code, 2);
});

test("a force token of the command gets its variant from the gateway, by header and by cookie", async (t) => {
  const names = { a: "", b: "" };
  for (const name of ["a", "b"] as const)
    names[name] = (await startUpstream(t, (_request, response) => void response.end(name))).url;
  const yaml = configuration(names, [100, 0], FORCE);
  const proxy = await startProxy(t, yaml);
  const path = await writeFiles(t, { "experiment.yaml": yaml });
  const made = await blindsplit("force-token", "--variant", "b", "--config", path("experiment.yaml"));
  assert.equal(made.code, 0, made.err);
  const token = made.out.trim();
  const ask = (headers: Record<string, string>) =>
    fetch(proxy.url, { headers: { "x-user-id": "alice", ...headers } });
  assert.equal(await (await ask({})).text(), "a");
  assert.equal(await (await ask({ "x-blindsplit-force": token })).text(), "b");
  assert.equal(await (await ask({ cookie: `x-blindsplit-force=${token}` })).text(), "b");
  const refused = await ask({ "x-blindsplit-force": `${token}x` });
  assert.equal(refused.status, 400);
  assert.equal(((await refused.json()) as { code: string }).code, "force_invalid");
});
