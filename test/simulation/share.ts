/** How often something happened in so many runs. */
export class Share {
  count = 0;
  runs = 0;

  add(happened: boolean): void {
    this.runs++;
    if (happened) this.count++;
  }

  get value(): number {
    return this.count / Math.max(1, this.runs);
  }

  /** Binomial, of the share that it is compared with. */
  standardErrorAt(share: number): number {
    return Math.sqrt((share * (1 - share)) / Math.max(1, this.runs));
  }

  toString(): string {
    const error = this.standardErrorAt(this.value);
    return `${percent(this.value)} ± ${percent(error)} (${this.count} of ${this.runs})`;
  }
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** A promise of the analysis, and whether the runs kept it. */
export interface Promised {
  readonly text: string;
  readonly isKept: boolean;
}

/** At most `most`, and two standard errors of it. */
export function atMost(text: string, share: Share, most: number): Promised {
  const limit = most + 2 * share.standardErrorAt(most);
  return { text: `${text}: ${share}, at most ${percent(limit)}`, isKept: share.value <= limit };
}

export function atLeast(text: string, share: Share, least: number): Promised {
  const limit = least - 2 * share.standardErrorAt(least);
  return { text: `${text}: ${share}, at least ${percent(limit)}`, isKept: share.value >= limit };
}
