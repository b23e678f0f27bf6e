import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { createLog } from "../log.ts";
import { Journal, type JournalOptions } from "./journal.ts";
import { JournalError } from "./journal-error.ts";
import { JournalFile } from "./journal-file.ts";
import { writeLine } from "./journal-line.ts";

async function placeFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-journal-"));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, "outcomes.journal");
}

/** What a reader finds there, in its order. */
async function contentsOf(path: string): Promise<unknown[]> {
  const contents: unknown[] = [];
  const file = await JournalFile.open(path, (content) => void contents.push(content));
  await file.close();
  return contents;
}

function start(file: JournalOptions["file"], more: Partial<JournalOptions> = {}) {
  const lines: string[] = [];
  const up = { value: 0 };
  const log = createLog("info", { write: (line) => void lines.push(line) });
  return { lines, up, journal: new Journal({ file, snapshot: () => [], up, log, ...more }) };
}

/** A disk that does as it is told. */
function fakeFile() {
  const appended: string[] = [];
  const fake = {
    appended,
    bytes: 0,
    failure: undefined as Error | undefined,
    gate: undefined as Promise<void> | undefined,
    async append(lines: string) {
      await fake.gate;
      if (fake.failure !== undefined) throw fake.failure;
      appended.push(lines);
      fake.bytes += lines.length;
    },
    isThere: () => Promise.resolve(true),
    replace: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return fake;
}

test("what was acknowledged is read again, in its order", async (t) => {
  const path = await placeFor(t);
  const { journal, up } = start(await JournalFile.open(path, () => assert.fail("it is new")));
  assert.equal(up.value, 1);
  const committed: number[] = [];
  const stored = Array.from({ length: 50 }, (_, index) =>
    journal.append(["line", index], () => void committed.push(index)),
  );
  assert.deepEqual(new Set(await Promise.all(stored)), new Set(["stored"]));
  await journal.close();
  assert.deepEqual(
    committed,
    stored.map((_, index) => index),
  );
  assert.deepEqual(
    await contentsOf(path),
    stored.map((_, index) => ["line", index]),
  );
});

test("all that wait while the disk works go into one write", async () => {
  const file = fakeFile();
  const { promise, resolve } = Promise.withResolvers<void>();
  file.gate = promise;
  const { journal } = start(file);
  const first = journal.append(1, () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  const others = [2, 3, 4].map((content) => journal.append(content, () => undefined));
  resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual(file.appended, [writeLine(1), [2, 3, 4].map(writeLine).join("")]);
});

test("a last line that was torn is passed over, and written over", async (t) => {
  const path = await placeFor(t);
  const whole = writeLine(["whole"]);
  for (let cut = 1; cut < whole.length; cut += 7) {
    await writeFile(path, whole + writeLine(["torn, and longer than what comes next"]).slice(0, cut));
    assert.deepEqual(await contentsOf(path), [["whole"]], `cut after ${cut}`);
    const { journal } = start(await JournalFile.open(path, () => undefined));
    assert.equal(await journal.append(["next"], () => undefined), "stored");
    await journal.close();
    assert.deepEqual(await contentsOf(path), [["whole"], ["next"]]);
  }
  // A machine that lost its power may leave a file that has grown and was not filled.
  await writeFile(path, `${whole}${"\0".repeat(5000)}\n${"\0".repeat(20)}`);
  assert.deepEqual(await contentsOf(path), [["whole"]]);
});

test("damage with whole lines behind it is no torn end: nobody begins with half of the counts", async (t) => {
  const path = await placeFor(t);
  await writeFile(path, writeLine(1) + writeLine(2).replace("2", "7") + writeLine(3));
  await assert.rejects(contentsOf(path), (error: Error) => {
    assert.ok(error instanceof JournalError);
    assert.match(error.message, /damaged at line 2/);
    return true;
  });
  assert.equal((await readFile(path, "utf8")).split("\n").length, 4, "it was changed");
});

test("while the disk takes nothing, nothing is committed; when it does again, it is said", async () => {
  const file = fakeFile();
  const { journal, up, lines } = start(file);
  file.failure = new Error("ENOSPC: no space left on device");
  const fail = () => assert.fail("it was committed");
  assert.deepEqual(await Promise.all([journal.append(1, fail), journal.append(2, fail)]), [
    "failed",
    "failed",
  ]);
  assert.equal(await journal.append(3, fail), "failed");
  assert.equal(up.value, 0);
  file.failure = undefined;
  assert.equal(await journal.append(4, () => undefined), "stored");
  assert.equal(up.value, 1);
  assert.deepEqual(
    lines.map((line) => /cannot be written|can be written again/.exec(line)?.[0]),
    ["cannot be written", "can be written again"],
  );
});

test("more than can wait are refused at once", async () => {
  const file = fakeFile();
  const { promise, resolve } = Promise.withResolvers<void>();
  file.gate = promise;
  const { journal } = start(file);
  const results = Array.from({ length: 10_100 }, (_, index) => journal.append(index, () => undefined));
  await new Promise((resolve) => setImmediate(resolve));
  const late = Array.from({ length: 10_100 }, (_, index) => journal.append(index, () => undefined));
  resolve();
  const count = async (those: readonly Promise<string>[], wanted: string) =>
    (await Promise.all(those)).filter((one) => one === wanted).length;
  assert.equal(await count(results, "busy"), 100);
  assert.equal(await count(late, "busy"), 100);
});

test("a file that has grown is rewritten as what it amounts to, and written on", async (t) => {
  const path = await placeFor(t);
  let sum = 0;
  const file = await JournalFile.open(path, () => undefined);
  const { journal } = start(file, { snapshot: () => [["sum", sum]], rewriteBytes: 1000 });
  for (let index = 1; index <= 100; index++)
    await journal.append(["add", index], () => {
      sum += index;
    });
  await journal.close();
  const contents = (await contentsOf(path)) as [kind: string, number: number][];
  assert.equal(contents[0]?.[0], "sum", "it was never rewritten");
  assert.equal(contents.filter(([kind]) => kind === "sum").length, 1);
  assert.equal(
    contents.reduce((total, [, number]) => total + number, 0),
    5050,
  );
});

test("a file that somebody moved away is made anew, with everything in it", async (t) => {
  const path = await placeFor(t);
  const counted: string[] = [];
  const file = await JournalFile.open(path, () => undefined);
  const { journal } = start(file, { snapshot: () => [...counted] });
  for (const content of ["a", "b"]) {
    assert.equal(await journal.append(content, () => void counted.push(content)), "stored");
    await rename(path, `${path}.old`);
  }
  assert.equal(await journal.append("c", () => undefined), "stored");
  await journal.close();
  assert.deepEqual(await contentsOf(path), ["a", "b", "c"]);
});

test("a second process is kept out for as long as the first has it, and no longer", async (t) => {
  const path = await placeFor(t);
  const first = await JournalFile.open(path, () => undefined);
  await assert.rejects(
    JournalFile.open(path, () => undefined),
    /in use by another process/,
  );
  await first.close();
  await (await JournalFile.open(path, () => undefined)).close();
});

test("whoever lost its lock writes nothing more", async (t) => {
  const path = await placeFor(t);
  const { journal } = start(await JournalFile.open(path, () => undefined));
  assert.equal(await journal.append(1, () => undefined), "stored");
  await rm(`${path}.lock`);
  const other = await JournalFile.open(path, () => undefined);
  assert.equal(await journal.append(2, () => undefined), "failed");
  await other.append(writeLine(3));
  await other.close();
  await journal.close();
  assert.deepEqual(await contentsOf(path), [1, 3]);
});

test("a journal that cannot be made says which and why", async (t) => {
  const path = await placeFor(t);
  await writeFile(path, "");
  await assert.rejects(
    JournalFile.open(join(path, "below-a-file"), () => undefined),
    (error: Error) => {
      assert.ok(error instanceof JournalError);
      assert.match(error.message, /outcomes\.journal\) cannot be used/);
      return true;
    },
  );
  await assert.rejects(
    JournalFile.open(`/tmp/${"a".repeat(120)}`, () => undefined),
    /the most is 98/,
  );
});
