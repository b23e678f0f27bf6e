import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  readonly path: string;
  write(chunk: Uint8Array): void;
  close(): void;
}

/**
 * Begins a new file and keeps the one of the run before as `<path>.1`, because who restarts after a crash wants to read
 * it; at `limitBytes` the same happens again, so that the two together stay below twice the limit. Writes are synchronous: nothing is lost when the supervisor exits. A disk that
 * is full must not take the processes down: what cannot be written is dropped, and `onProblem` hears of it once.
 */
export function openLogFile(path: string, limitBytes: number, onProblem: (error: unknown) => void): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  // Append mode, so that a second supervisor with the same directory interleaves and does not punch holes.
  let descriptor = openSync(path, "a", 0o640);
  let complained = false;
  let open = true;

  function rotate(): void {
    renameSync(path, `${path}.1`);
    const next = openSync(path, "a", 0o640);
    closeSync(descriptor);
    descriptor = next;
  }

  if (fstatSync(descriptor).size > 0) rotate();
  return {
    path,
    write(chunk) {
      if (!open) return;
      try {
        if (fstatSync(descriptor).size + chunk.byteLength > limitBytes) rotate();
        writeSync(descriptor, chunk);
      } catch (error) {
        if (!complained) onProblem(error);
        complained = true;
      }
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}
