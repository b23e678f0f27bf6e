export interface ContentWatch {
  stop(): void;
}

export interface WatchOptions {
  /** SHA-256 in hex of the content that is already known; without it the first read sets the baseline. */
  readonly seen?: string;
}

export function watchContent(
  file: string,
  pollMs: number | (() => number),
  onChange: () => void,
  options: WatchOptions = {},
): ContentWatch {
  throw new Error(`not built yet ${file} ${pollMs} ${onChange} ${options}`);
}
