import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { keepStops, readStops } from "./stop-file.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-stops-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const STOPS = [{ experiment: "test", phase: 1, variant: "b", at: 1_000 }];

const names = async (file: string) => (await readStops(file)).stops.map(({ variant }) => variant);

test("what was kept is read again, and nothing else is left lying about", async (t) => {
  const folder = await folderOf(t);
  const file = join(folder, "stops.json");
  assert.deepEqual(await readStops(file), { stops: [], problems: [] });
  await keepStops(file, STOPS, "one");
  assert.deepEqual(await readStops(file), { stops: STOPS, problems: [] });
  assert.deepEqual(await readdir(folder), ["stops.json"]);
});

test("what another gateway has kept in the same file stays in it", async (t) => {
  const file = join(await folderOf(t), "stops.json");
  await keepStops(file, STOPS, "one");
  await keepStops(file, [{ ...STOPS[0], variant: "c" } as (typeof STOPS)[number]], "other");
  await keepStops(file, STOPS, "one");
  assert.deepEqual(await names(file), ["b", "c"]);
});

test("an entry that cannot be read costs itself alone, and is told", async (t) => {
  const file = join(await folderOf(t), "stops.json");
  const bad = [{ ...STOPS[0], at: 1.5 }, { variant: 7 }, null];
  await writeFile(file, JSON.stringify({ schema: 1, stops: [...bad, ...STOPS] }));
  const { stops, problems } = await readStops(file);
  assert.deepEqual(stops, STOPS);
  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? "", /^stops\[0\]: .*int.*at$/s);
});

test("a file that is none of ours is refused, and gets another name before ours is written", async (t) => {
  const folder = await folderOf(t);
  const file = join(folder, "stops.json");
  for (const text of ["", "[]", '{"schema":2,"stops":[]}']) {
    await writeFile(file, text);
    await assert.rejects(readStops(file));
    assert.equal(await readFile(file, "utf8"), text);
  }
  await keepStops(file, STOPS, "one");
  assert.deepEqual(await names(file), ["b"]);
  assert.deepEqual((await readdir(folder)).sort(), ["stops.json", "stops.json.unreadable"]);
});
