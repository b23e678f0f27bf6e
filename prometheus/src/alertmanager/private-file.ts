import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";

const OWNER_ONLY = 0o600;

/** Replaces a file as a whole, readable by its owner alone from the first moment on. */
export function writePrivately(file: string, text: string): void {
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    writeFileSync(unfinished, text, { mode: OWNER_ONLY, flag: "wx" });
    // The umask may have taken more away than that.
    chmodSync(unfinished, OWNER_ONLY);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
