import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createTerminal, writeFiles } from "../../../test/support/terminal.ts";
import { createForce } from "../identity/force.ts";
import { runCommand } from "./run.ts";

const NOW = Date.UTC(2027, 0, 1);
const SECRET = "the secret that signs tokens";
const FILE = [
  "experiment: { name: ranking }",
  "variants:",
  '  - { name: current, weight: 50, upstreams: ["http://a"] }',
  '  - { name: next, weight: 50, upstreams: ["http://b"] }',
  "",
].join("\n");
const WITH_FORCE = `${FILE}force: { secret: ["\${FORCE_SECRET}", an older secret of ours], header: x-qa }\n`;

async function makeToken(t: TestContext, flags: readonly string[], text = WITH_FORCE) {
  const path = await writeFiles(t, { "experiment.yaml": text });
  const { terminal, said } = createTerminal({ FORCE_SECRET: SECRET }, NOW);
  const code = await runCommand("force-token", ["--config", path("experiment.yaml"), ...flags], terminal);
  return { code, ...said };
}

function read(token: string, now: number) {
  const force = createForce({ header: "x-qa", secrets: [SECRET] }, "ranking", ["current", "next"], {
    now: () => now,
  });
  return force?.read(token);
}

test("the token alone goes to standard output, how to use it to standard error", async (t) => {
  const { code, out, err } = await makeToken(t, ["--variant", "next", "--ttl", "2h"]);
  assert.equal(code, 0);
  assert.match(out, /^[\w-]+\.[\w-]{43}\n$/);
  assert.match(err, /^next of ranking until 2027-01-01T02:00:00\.000Z/);
  assert.match(err, /header x-qa, or in a cookie of that name/);
  assert.ok(!err.includes(out.trim()) && !(out + err).includes(SECRET));
  assert.deepEqual(read(out.trim(), NOW + 2 * 3_600_000 - 1), { variant: 1 });
  assert.ok("flaw" in (read(out.trim(), NOW + 2 * 3_600_000) ?? {}));
});

test("a token holds for an hour unless said otherwise", async (t) => {
  assert.match((await makeToken(t, ["--variant", "current"])).err, /until 2027-01-01T01:00:00\.000Z/);
});

test("the file may come from the environment", async (t) => {
  const path = await writeFiles(t, { "experiment.yaml": WITH_FORCE });
  const { terminal, said } = createTerminal(
    { FORCE_SECRET: SECRET, BLINDSPLIT_CONFIG: path("experiment.yaml") },
    NOW,
  );
  assert.equal(await runCommand("force-token", ["--variant", "next"], terminal), 0, said.err);
});

test("what cannot be done says what to do, and prints no token", async (t) => {
  const cases: readonly (readonly [readonly string[], string, number, RegExp])[] = [
    [["--variant", "nxt"], WITH_FORCE, 1, /"nxt" is no variant of .*experiment\.yaml: did you mean next\?/],
    [["--variant", "previous"], WITH_FORCE, 1, /there is current, next/],
    [
      ["--variant", "next"],
      FILE,
      1,
      /takes no force tokens: give it a secret.*force: \{ secret:.*openssl rand/s,
    ],
    [["--variant", "next"], `${FILE}nonsense: 1`, 1, /nonsense: is no known key/],
    [[], WITH_FORCE, 2, /--variant is missing/],
    [["--variant", "next", "--ttl", "soon"], WITH_FORCE, 2, /--ttl: "soon" is no duration/],
    [["--variant", "next", "--ttl", "31d"], WITH_FORCE, 2, /--ttl: 31d is out of range: use 1s to 30d/],
    [["--variant", "next", "--ttl", "999ms"], WITH_FORCE, 2, /use 1s to 30d/],
    [["next"], WITH_FORCE, 2, /Unexpected argument 'next'/],
  ];
  for (const [flags, text, expectedCode, expected] of cases) {
    const { code, out, err } = await makeToken(t, flags, text);
    assert.deepEqual([code, out], [expectedCode, ""], flags.join(" "));
    assert.match(err, expected);
  }
});

test("--help says how it is called", async (t) => {
  assert.match((await makeToken(t, ["--help"])).out, /--ttl DURATION .* from 1s to 30d/);
});
