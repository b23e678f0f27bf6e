import { open, readFile, rename } from "node:fs/promises";
import { z } from "zod";
import { isSame, type KnownStop } from "./known-stops.ts";

/** More are of phases long past. */
const MOST_STOPS = 1_000;

const contents = z.object({ schema: z.literal(1), stops: z.array(z.unknown()) });

const entry = z.object({
  experiment: z.string(),
  phase: z.number().int(),
  variant: z.string(),
  at: z.number().int().min(0).max(8.64e15),
});

export interface KeptStops {
  readonly stops: readonly KnownStop[];
  /** What is wrong with entries that cannot be read; the others hold. */
  readonly problems: readonly string[];
}

/** What was kept; nothing where there is no file yet. Rejects where it cannot be read, or is none of ours. */
export async function readStops(file: string): Promise<KeptStops> {
  const text = await readText(file);
  return text === undefined ? { stops: [], problems: [] } : parse(text);
}

/**
 * Adds to the file what of `stops` it has not, and leaves what others have written. Replaced whole, on the disk before it
 * resolves; what was there and is none of ours gets another name. Two replicas at the same moment may lose one's entry:
 * whoever keeps again finds that out.
 *
 * @param unique keeps the drafts of replicas that share it apart
 */
export async function keepStops(file: string, stops: readonly KnownStop[], unique: string): Promise<void> {
  const before = await readOurs(file);
  const missing = stops.filter((stop) => !before.some((kept) => isSame(kept, stop)));
  if (missing.length === 0) return;
  const all = [...before, ...missing].slice(-MOST_STOPS);
  const draft = `${file}.${unique}`;
  const handle = await open(draft, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ schema: 1, stops: all }, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

async function readOurs(file: string): Promise<readonly KnownStop[]> {
  const text = await readText(file);
  if (text === undefined) return [];
  try {
    return parse(text).stops;
  } catch {
    await rename(file, `${file}.unreadable`);
    return [];
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parse(text: string): KeptStops {
  const stops: KnownStop[] = [];
  const problems: string[] = [];
  for (const [index, one] of contents.parse(JSON.parse(text)).stops.entries()) {
    const { data, error } = entry.safeParse(one);
    if (data !== undefined) stops.push(data);
    else problems.push(`stops[${index}]: ${z.prettifyError(error)}`);
  }
  return { stops, problems };
}
