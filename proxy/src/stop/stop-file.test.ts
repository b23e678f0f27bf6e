import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readStops, writeStops } from "./stop-file.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-stops-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const STOPS = [{ experiment: "test", phase: 1, variant: "b", at: 1_000 }];

test("what was kept is read again, and nothing else is left lying about", async (t) => {
  const folder = await folderOf(t);
  const file = join(folder, "stops.json");
  assert.deepEqual(await readStops(file), []);
  await writeStops(file, STOPS, "one");
  await writeStops(file, [...STOPS, { ...STOPS[0], variant: "c" } as (typeof STOPS)[number]], "other");
  assert.deepEqual(
    (await readStops(file)).map(({ variant }) => variant),
    ["b", "c"],
  );
  assert.deepEqual(await readdir(folder), ["stops.json"]);
});

test("a file that is none of ours is refused and stays", async (t) => {
  const file = join(await folderOf(t), "stops.json");
  for (const text of ["", "[]", '{"schema":2,"stops":[]}', '{"schema":1,"stops":[{"variant":7}]}']) {
    await writeFile(file, text);
    await assert.rejects(readStops(file));
    assert.equal(await readFile(file, "utf8"), text);
  }
});
