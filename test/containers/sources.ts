import { chmod, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ROOT } from "./docker.ts";

/** What the compose files and the Dockerfiles read, and what stands beside it. */
const PARTS = [
  ".dockerignore",
  "LICENSE",
  "analysis",
  "config",
  "deploy",
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "proxy",
  "worker",
];

/** A copy of what is built, whose path is returned; it is the caller's to remove. */
export async function copySources(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-sources-"));
  // What is in there may be gigabytes; the folder itself is copied.
  const isLeftOut = (source: string) => ["node_modules", "training"].includes(basename(dirname(source)));
  const filter = (source: string) => !isLeftOut(source);
  for (const part of PARTS) await cp(join(ROOT, part), join(folder, part), { recursive: true, filter });
  return folder;
}

/** As a clone under umask 077 is: nobody but the owner may read anything. */
export async function makePrivate(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600);
}

export const removeSources = (folder: string) => rm(folder, { recursive: true, force: true });
