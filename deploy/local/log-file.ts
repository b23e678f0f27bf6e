import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  readonly path: string;
  write(chunk: Uint8Array): void;
  close(): void;
}

/**
 * Empties the file, then appends; at `limitBytes` the file becomes `<path>.1` and a new one begins, so that the two
 * together stay below twice the limit. Writes are synchronous: nothing is lost when the supervisor exits. A disk that
 * is full must not take the processes down: what cannot be written is dropped, and `onProblem` hears of it once.
 */
export function openLogFile(path: string, limitBytes: number, onProblem: (error: unknown) => void): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  // Append mode, so that a second supervisor with the same directory interleaves and does not punch holes.
  let descriptor = openSync(path, "a", 0o640);
  ftruncateSync(descriptor);
  let complained = false;
  let open = true;

  function rotate(): void {
    renameSync(path, `${path}.1`);
    const next = openSync(path, "a", 0o640);
    closeSync(descriptor);
    descriptor = next;
  }

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
