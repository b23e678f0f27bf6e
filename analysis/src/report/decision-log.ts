import { mkdir, open } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import type { Verdict } from "../verdict/verdict.ts";

/** Only its owner: reasons are for those who answer for the experiment. */
const MODE = 0o600;

/** Where unblindings are written to: beside the judge's state. */
export function decisionLogOf(stateFile: string): string {
  return join(dirname(stateFile), "decisions.jsonl");
}

/**
 * Appends who was told what (the operating system's user), and why, and returns once it is on the disk: nobody learns the variants without it.
 *
 * @param now milliseconds since 1970
 * @throws CommandError where it cannot be written
 */
export async function logUnblinding(
  file: string,
  { verdict, reason, now }: { readonly verdict: Verdict; readonly reason: string; readonly now: number },
): Promise<void> {
  const entry = {
    time: new Date(now).toISOString(),
    user: userName(),
    reason,
    experiment: verdict.experiment,
    phase: verdict.phase,
    config_hashes: verdict.configHashes,
    analysis_hash: verdict.analysisHash,
    looked_at: new Date(verdict.at).toISOString(),
    answer: verdict.answer,
    treatment: verdict.treatment,
  };
  try {
    await append(file, `${JSON.stringify(entry)}\n`);
  } catch (error) {
    throw new CommandError(
      `the decision log ${file} cannot be written (${(error as Error).message}), and nothing is unblinded without it: make it writable, or move judge.state`,
      { cause: error },
    );
  }
}

/** Null where the user has no name, as in a container that runs as any number. */
function userName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

async function append(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a+", MODE);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    // A line that a death has cut does not swallow this one. One write: two reports at once do not mix.
    await file.appendFile(size > 0 && last.toString() !== "\n" ? `\n${line}` : line);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
