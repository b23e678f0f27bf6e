import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { watchContent } from "./watch.ts";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

async function createFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "watch-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Writes in one step: at a poll per millisecond, a file truncated for some milliseconds counts as missing. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(`${file}.next`, text);
  await rename(`${file}.next`, file);
}

/** Watches from the content "one"; `next` waits for the next change, `polls` for so many polls. */
function watch(t: TestContext, file: string) {
  let changes = 0;
  let polled = 0;
  let wake = () => {};
  const interval = () => {
    polled++;
    wake();
    return 1;
  };
  const onChange = () => {
    changes++;
    wake();
  };
  const watching = watchContent(file, interval, onChange, { seen: digest("one") });
  const keepAlive = setInterval(() => {}, 1000);
  t.after(() => {
    watching.stop();
    clearInterval(keepAlive);
  });
  const until = async (isDone: () => boolean) => {
    while (!isDone()) await new Promise<void>((resolve) => (wake = resolve));
  };
  return {
    changes: () => changes,
    polls: (count: number) => {
      const from = polled;
      return until(() => polled >= from + count);
    },
    next: () => {
      const from = changes;
      return until(() => changes > from);
    },
    stop: () => watching.stop(),
  };
}

test("a change is reported once per content, a touch never", { timeout: 10_000 }, async (t) => {
  const file = join(await createFolder(t), "x.yaml");
  await write(file, "one");
  const watched = watch(t, file);
  await watched.polls(5);
  await write(file, "one");
  await watched.polls(5);
  assert.equal(watched.changes(), 0);
  const change = watched.next();
  await write(file, "bad");
  await change;
  await watched.polls(10);
  assert.equal(watched.changes(), 1);
});

test("a change between loading and watching is reported", { timeout: 10_000 }, async (t) => {
  const file = join(await createFolder(t), "x.yaml");
  await write(file, "two");
  await watch(t, file).next();
});

test("a ConfigMap swap is reported: the link to the folder moves, the file's path does not", {
  timeout: 10_000,
}, async (t) => {
  const folder = await createFolder(t);
  for (const [version, text] of [
    ["v1", "one"],
    ["v2", "two"],
  ] as const) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, "x.yaml"), text);
  }
  await symlink("v1", join(folder, "..data"));
  await symlink("..data/x.yaml", join(folder, "x.yaml"));
  const watched = watch(t, join(folder, "x.yaml"));
  await watched.polls(3);
  const change = watched.next();
  await symlink("v2", join(folder, "..next"));
  await rename(join(folder, "..next"), join(folder, "..data"));
  await change;
});

test("a file that stays missing is reported once, and so is its return", { timeout: 10_000 }, async (t) => {
  const file = join(await createFolder(t), "x.yaml");
  await write(file, "one");
  const watched = watch(t, file);
  await watched.polls(2);
  const loss = watched.next();
  await rm(file);
  await loss;
  await watched.polls(10);
  assert.equal(watched.changes(), 1);
  const recovery = watched.next();
  await write(file, "one");
  await recovery;
  assert.equal(watched.changes(), 2);
});

test("a stopped watch reports nothing", { timeout: 10_000 }, async (t) => {
  const file = join(await createFolder(t), "x.yaml");
  await write(file, "one");
  const watched = watch(t, file);
  await watched.polls(2);
  watched.stop();
  await write(file, "two");
  const control = watch(t, file);
  await control.next();
  assert.equal(watched.changes(), 0);
});
