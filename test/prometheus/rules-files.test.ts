import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { duration, seconds } from "../../prometheus/src/duration.ts";
import { ruleFiles } from "../../prometheus/src/files.ts";
import { parseOptions } from "../../prometheus/src/options.ts";
import type { Alert, Rule } from "../../prometheus/src/rule.ts";
import { writeRuleFiles } from "../../prometheus/src/write.ts";
import { assertInstalled, promtool } from "./prometheus.ts";
import { RULES } from "./rule-test.ts";
import { expressionsOf, readRunbooks } from "./runbooks.ts";

before(assertInstalled);

const rules: readonly Rule[] = ruleFiles({ timeScale: 1 }).flatMap(({ groups }) =>
  groups.flatMap((group) => group.rules),
);
const alerts = rules.filter((rule): rule is Alert => "alert" in rule);
const byCode = (a: string, b: string) => (a < b ? -1 : 1);
const alertNames = [...new Set(alerts.map(({ alert }) => alert))].sort(byCode);

async function write(t: TestContext, timeScale: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-generated-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeRuleFiles(folder, { timeScale });
  return folder;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const part of ["rules", "alerts"])
    for (const name of (await readdir(join(folder, part))).sort())
      found[`${part}/${name}`] = await readFile(join(folder, part, name), "utf8");
  return found;
}

test("the committed files are what `npm run generate` writes, to the byte, and no other is there", async (t) => {
  assert.deepEqual(await contents(await write(t, 1)), await contents(RULES));
});

for (const scale of [1, 1 / 6, 1 / 30, 1 / 60])
  test(`promtool accepts every rule at a time scale of ${scale.toFixed(3)}`, async (t) => {
    const folder = await write(t, scale);
    const paths = Object.keys(await contents(folder)).map((path) => join(folder, path));
    const { status, said } = promtool(["check", "rules", "--lint-fatal", ...paths]);
    assert.equal(status, 0, said);
  });

test("promtool accepts both configurations", () => {
  for (const name of ["prometheus.yml", "local.yml"]) {
    const { status, said } = promtool(["check", "config", join(RULES, name)]);
    assert.equal(status, 0, said);
  }
});

/** A thirtieth of the longest span, thirty days. */
const MOST_SECONDS = 86_400;

test("a time scale shortens every span of every rule", () => {
  const spans = (text: string) => [...text.matchAll(/\b(\d+)([smhd])\b/g)];
  for (const { groups } of ruleFiles({ timeScale: 1 / 30 }))
    for (const group of groups)
      for (const rule of group.rules) {
        const written = "alert" in rule ? `${rule.expr} ${rule.for} ${rule.keep_firing_for}` : rule.expr;
        for (const [span, amount, unit] of spans(written))
          assert.ok(unit === "s" && Number(amount) <= MOST_SECONDS, `${group.name}: ${span} in ${written}`);
      }
});

test("spans are at least five seconds long, unless they are shorter in real life", () => {
  assert.equal(duration("5m", 1), "5m");
  assert.equal(duration("1h", 1 / 30), "120s");
  assert.equal(seconds("3d", 1 / 30), 8640);
  assert.equal(duration("1m", 1 / 30), "5s");
  assert.equal(duration("2s", 1 / 30), "2s");
  for (const scale of [0, -1, 2, Number.NaN])
    assert.throws(() => ruleFiles({ timeScale: scale }), /time scale/);
});

test("options of the generator: a fraction, a folder, the address of the runbooks", () => {
  assert.deepEqual(parseOptions([]), { timeScale: 1 });
  assert.deepEqual(parseOptions(["--time-scale", "1/4", "--out", "x", "--runbooks", "https://y"]), {
    timeScale: 0.25,
    out: "x",
    runbooks: "https://y",
  });
  for (const scale of ["0", "2", "1/0", "x", "-1"])
    assert.throws(() => parseOptions([`--time-scale=${scale}`]), /give a number above 0 and at most 1/);
  const [first] = ruleFiles({ timeScale: 1, runbooks: "https://y/" }).flatMap(({ groups }) =>
    groups.flatMap((group) => group.rules.filter((rule): rule is Alert => "alert" in rule)),
  );
  assert.equal(first?.annotations.runbook_url, `https://y/${first?.alert}.md`);
});

/** Names of series in an expression: no label, no function, nothing within quotes or behind `by`. */
function seriesIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, "")
    .replace(/\b(by|on|ignoring|group_left|group_right|without)\s*\([^)]*\)/g, "")
    .replace(/\{[^}]*\}/g, "{}")
    .replace(/\[[^\]]*\]/g, "");
  const words = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
  return words.filter(
    (name) => /[_:]/.test(name) && !/_(time|linear)$|^(sum|avg|max|min|count|present)_over/.test(name),
  );
}

test("every series that a rule reads is in README.md's tables, or recorded by a rule before it in its group", async () => {
  const readme = await readFile(join(RULES, "../README.md"), "utf8");
  const documented = new Set([...readme.matchAll(/`([a-z][a-z0-9_]+)`/g)].map(([, name]) => name));
  for (const { path, groups } of ruleFiles({ timeScale: 1 }))
    for (const group of groups) {
      const recorded = new Set<string>();
      for (const rule of group.rules) {
        for (const name of seriesIn(rule.expr)) {
          const family = name.replace(/_(bucket|sum|count)$/, "");
          const isKnown = recorded.has(name) || documented.has(name) || documented.has(family);
          assert.ok(isKnown, `${path}: ${name} in ${rule.expr}`);
        }
        if ("record" in rule) recorded.add(rule.record);
      }
      assert.ok(group.rules.length > 0);
    }
});

test("no rule names a variant", () => {
  for (const rule of rules) assert.doesNotMatch(JSON.stringify(rule), /distilbert|roberta/i);
});

test("every alert says whom it calls, what it is about in words, and where its page is", () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels.severity, /^(page|ticket|none)$/, alert);
    assert.match(labels.tier, /^(proxy|worker|experiment|monitoring)$/, alert);
    assert.ok(annotations.summary.length > 10 && annotations.description.length > 30, alert);
    assert.equal(annotations.runbook_url, `prometheus/runbooks/${alert}.md`);
  }
});

test("two alerts of one name never have the same labels: their series would be one", () => {
  const identities = alerts.map(({ alert, labels, expr }) => JSON.stringify([alert, labels, expr]));
  assert.equal(new Set(identities).size, alerts.length);
});

test("promtool accepts every expression of the runbooks, and each series in them is documented or recorded", async (t) => {
  const readme = await readFile(join(RULES, "../README.md"), "utf8");
  const known = new Set([...readme.matchAll(/`([a-z][a-z0-9_]+)`/g)].map(([, name]) => name));
  for (const rule of rules) if ("record" in rule) known.add(rule.record);
  const expressions = [...(await readRunbooks()).values()].flatMap(expressionsOf);
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-runbooks-"));
  t.after(() => rm(folder, { recursive: true }));
  const asRules = expressions.map((expr, index) => ({ record: `runbook_${index}`, expr }));
  await writeFile(
    join(folder, "rules.json"),
    JSON.stringify({ groups: [{ name: "runbooks", rules: asRules }] }),
  );
  const { status, said } = promtool(["check", "rules", join(folder, "rules.json")]);
  assert.equal(status, 0, said);
  for (const expression of expressions)
    for (const name of seriesIn(expression))
      assert.ok(
        known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, "")),
        `${name} in ${expression}`,
      );
});

test("every alert has a runbook with its three parts, every runbook an alert, and README.md's table both", async () => {
  const pages = await readRunbooks();
  assert.deepEqual([...pages.keys()].sort(byCode), alertNames);
  for (const [name, page] of pages) {
    assert.match(page, new RegExp(`^# ${name}\n`));
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings, ["What it means", "First three commands", "How to end it"], name);
    const [, commands = ""] = /## First three commands\n\n([\s\S]*?)\n## /.exec(page) ?? [];
    assert.equal(commands.match(/^(curl|promtool|npm|kill|amtool) /gm)?.length, 3, `${name}: three commands`);
    assert.match(commands, /\[how to run these\]\(README\.md\)/, `${name}: where the commands are run`);
    // A shell takes "?" and "&" of a bare one for its own.
    for (const [line] of commands.matchAll(/^curl .*$/gm)) assert.match(line, / '(https?:[^']*)'/, name);
  }
  const readme = await readFile(join(RULES, "README.md"), "utf8");
  const named = [...readme.matchAll(/^\| \[(\w+)\]\(runbooks\/\1\.md\) \|/gm)].map(([, name = ""]) => name);
  assert.deepEqual(named.sort(byCode), alertNames);
});
