import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

export interface ContentWatch {
  stop(): void;
}

export interface WatchOptions {
  /** SHA-256 in hex of the content that is already known; without it the first read sets the baseline. */
  readonly seen?: string | undefined;
}

/** Stands for a content where there is none to read. */
const MISSING = "missing";
/** A new content must be read twice in a row: an editor may be half through writing it, and half a file may be valid. */
const CONFIRM_MS = 100;
/** A ConfigMap swap or an editor's rename may leave no file for a moment. */
const MISSING_READS = 3;

/**
 * Polls the content of `file`, through symbolic links, and calls `onChange` once per content: a bad file is
 * reported once, not with every poll. A file that stays missing counts as one more content, and so does its
 * return, even with the old bytes, so that whoever reported the loss can report the recovery.
 */
export function watchContent(
  file: string,
  pollMs: number | (() => number),
  onChange: () => void,
  options: WatchOptions = {},
): ContentWatch {
  const interval = typeof pollMs === "number" ? () => pollMs : pollMs;
  let { seen } = options;
  let candidate: string | undefined;
  let reads = 0;
  let isStopped = false;
  let timer = setTimeout(poll, 0).unref();

  function poll(): void {
    void readDigest(file).then((digest) => {
      if (isStopped) return;
      const isSettling = consider(digest);
      timer = setTimeout(poll, isSettling ? Math.min(CONFIRM_MS, interval()) : interval()).unref();
    });
  }

  /** Whether the content has to be read again soon, because it is new and not confirmed yet. */
  function consider(digest: string): boolean {
    seen ??= digest;
    if (digest === seen) {
      candidate = undefined;
      return false;
    }
    reads = digest === candidate ? reads + 1 : 1;
    candidate = digest;
    if (reads < (digest === MISSING ? MISSING_READS : 2)) return true;
    seen = digest;
    candidate = undefined;
    onChange();
    return false;
  }

  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function readDigest(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    // An empty file is one that is about to be written.
    return bytes.length === 0 ? MISSING : createHash("sha256").update(bytes).digest("hex");
  } catch {
    return MISSING;
  }
}
