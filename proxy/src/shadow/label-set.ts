const OTHER = "other";
/** Of labels that nobody declared. */
const MOST_LABELS = 20;
const LONGEST = 63;

/** Labels as metrics say them: a closed set, so that no service can make series without end. */
export class LabelSet {
  readonly #known: Set<string>;
  readonly #isClosed: boolean;

  /** @param declared in lower case; empty: the first twenty that are seen, and `other` for the rest */
  constructor(declared: readonly string[]) {
    this.#known = new Set(declared);
    this.#isClosed = declared.length > 0;
  }

  nameOf(label: string): string {
    if (this.#known.has(label)) return label;
    if (this.#isClosed || this.#known.size >= MOST_LABELS || label.length > LONGEST) return OTHER;
    this.#known.add(label);
    return label;
  }
}
