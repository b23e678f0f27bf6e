import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Terminal } from "../../proxy/src/command/terminal.ts";

/** A terminal that keeps what a command says. */
export function createTerminal(env: Terminal["env"] = {}, now = 0) {
  const said = { out: "", err: "" };
  const terminal: Terminal = {
    env,
    write: (text) => {
      said.out += text;
    },
    complain: (text) => {
      said.err += text;
    },
    now: () => now,
  };
  return { terminal, said };
}

/** Writes files into a folder of their own, until the test ends, and gives their paths. */
export async function writeFiles(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-files-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return (name) => join(folder, name);
}
