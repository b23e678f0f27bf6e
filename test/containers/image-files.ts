import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { docker } from "./docker.ts";

export interface ImageFile {
  /** Without a slash at its beginning. */
  readonly path: string;
  /** As `ls` writes it: `-rwsr-xr-x`. */
  readonly mode: string;
  /** Numbers of user and group: `0/0`. */
  readonly owner: string;
}

/** How often a text stands in an image's files, and in their names, read without running any of it. */
export async function countInImage(image: string, text: string): Promise<number> {
  const container = await docker(["create", "--network", "none", image]);
  try {
    const script = 'docker export "$1" | grep --text --only-matching --fixed-strings -- "$2" | wc -l';
    const { stdout } = await promisify(execFile)("bash", ["-c", script, "bash", container, text]);
    return Number(stdout);
  } finally {
    await docker(["rm", "--force", container]);
  }
}

/** Everything that is in an image, read without running any of it. Folders end with a slash. */
export async function readImage(image: string): Promise<readonly ImageFile[]> {
  const container = await docker(["create", "--network", "none", image]);
  try {
    const list = spawn(
      "sh",
      ["-c", 'docker export "$1" | tar --list --verbose --numeric-owner', "sh", container],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = once(list, "close") as Promise<[number]>;
    const files: ImageFile[] = [];
    for await (const line of createInterface({ input: list.stdout })) {
      const [, mode, owner, path] = /^(\S+)\s+(\S+)\s+\d+\s+\S+\s+\S+\s(.+)$/.exec(line) ?? [];
      if (mode === undefined || owner === undefined || path === undefined) continue;
      files.push({ mode, owner, path: path.replace(/ (->|link to) .*$/, "") });
    }
    const [status] = await ended;
    if (status !== 0) throw new Error(`the files of ${image} cannot be listed (exit code ${status})`);
    return files;
  } finally {
    await docker(["rm", "--force", container]);
  }
}
