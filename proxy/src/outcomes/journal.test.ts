import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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

const HEADING = writeLine(["journal", 1, "an-id"]);

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

test("a last line that was torn is cut and kept aside, and what comes next is read", async (t) => {
  const path = await placeFor(t);
  const whole = HEADING + writeLine(["whole"]);
  const long = writeLine(["torn, and longer than what comes next"]);
  let cutOff = "";
  for (let cut = 1; cut < long.length; cut += 7) {
    const torn = long.slice(0, cut);
    cutOff += torn;
    await writeFile(path, whole + torn);
    assert.deepEqual(await contentsOf(path), [["whole"]], `cut after ${cut}`);
    assert.equal(await readFile(path, "utf8"), whole);
    assert.equal(await readFile(`${path}.cut`, "utf8"), cutOff);
    const { journal } = start(await JournalFile.open(path, () => undefined));
    assert.equal(await journal.append(["next"], () => undefined), "stored");
    await journal.close();
    assert.deepEqual(await contentsOf(path), [["whole"], ["next"]]);
  }
  // A machine that lost its power may leave a file that has grown and was not filled.
  await writeFile(path, `${whole}${"\0".repeat(5000)}`);
  assert.deepEqual(await contentsOf(path), [["whole"]]);
});

test("whatever else cannot be read stops it, with the line and what helps, and nothing is changed", async (t) => {
  const path = await placeFor(t);
  const lines = [HEADING, ...[1, 2, 3].map(writeLine)];
  const cases: readonly (readonly [string, RegExp])[] = [
    [lines.with(2, writeLine(2).replace("2", "7")).join(""), /at line 3: .*head -n 2/],
    [lines.with(3, "garbage\n").join(""), /at line 4: .*head -n 3/],
    [`${lines.join("")}garbage\ngarbage\n`, /at line 5: .*move it away/],
    [lines.join("").replaceAll("\n", "\r\n"), /is no journal: .*line 1,/],
    [writeLine(1) + writeLine(2), /is no journal/],
    [HEADING.slice(0, -5), /is no journal/],
    ["experiment: { name: test }\nvariants: []\n", /is no journal/],
    ["no line end at all", /is no journal/],
    ["x".repeat(3_000_000), /is no journal/],
    [writeLine(["journal", 2, "an-id"]), /of version 2, and this gateway reads version 1/],
  ];
  for (const [text, message] of cases) {
    await writeFile(path, text);
    await assert.rejects(contentsOf(path), (error: Error) => {
      assert.ok(error instanceof JournalError, error.message);
      assert.match(error.message, message);
      return true;
    });
    assert.equal(await readFile(path, "utf8"), text, "it was changed");
  }
  await writeFile(path, lines.join(""));
  const refuse = () => {
    throw new Error("it is of another kind");
  };
  await assert.rejects(JournalFile.open(path, refuse), /at line 2: it is of another kind; restore/);
});

test("a journal keeps its id, over restarts and rewritings; another has another", async (t) => {
  const [path, other] = [await placeFor(t), await placeFor(t)];
  await writeFile(path, "");
  const file = await JournalFile.open(path, () => undefined);
  const { id } = file;
  assert.match(id, /^[\da-f-]{36}$/);
  await file.append(writeLine("a"));
  await file.replace(["b"]);
  await file.append(writeLine("c"));
  await file.close();
  const again = await JournalFile.open(path, () => undefined);
  assert.equal(again.id, id);
  await again.close();
  assert.deepEqual(await contentsOf(path), ["b", "c"]);
  const another = await JournalFile.open(other, () => undefined);
  assert.notEqual(another.id, id);
  await another.close();
  assert.deepEqual(await readdir(join(path, "..")), ["outcomes.journal"]);
});

test("others have their turn while a journal is rewritten", async (t) => {
  const file = await JournalFile.open(await placeFor(t), () => undefined);
  t.after(() => file.close());
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await file.replace(Array.from({ length: 200 }, (_, index) => index));
  isOver = true;
  assert.ok(turns >= 200, `${turns} turns for 200 lines`);
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
