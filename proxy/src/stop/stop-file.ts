import { open, readFile, rename } from "node:fs/promises";
import { z } from "zod";
import type { KnownStop } from "./known-stops.ts";

const MOST_STOPS = 1_000;

const contents = z.object({
  schema: z.literal(1),
  stops: z
    .array(
      z.object({
        experiment: z.string(),
        phase: z.number().int(),
        variant: z.string(),
        at: z.number().int().min(0).max(8.64e15),
      }),
    )
    .max(MOST_STOPS),
});

/** What was kept; nothing where there is no file yet. Rejects where it cannot be read, or is none of ours. */
export async function readStops(file: string): Promise<readonly KnownStop[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return contents.parse(JSON.parse(text)).stops;
}

/** Replaces the file whole, on the disk before it resolves. `unique` keeps replicas that share it apart. */
export async function writeStops(file: string, stops: readonly KnownStop[], unique: string): Promise<void> {
  const draft = `${file}.${unique}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ schema: 1, stops }, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
