/** What was said last to those who do not see the page, and when. */
export interface Announcement {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A screen reader is told of new numbers no more often than this. */
const QUIET_MS = 60_000;

/** The next thing to say: at once where the words are others, seldom where only their numbers are. */
export function announce(last: Announcement, text: string, at: number): Announcement {
  if (text === last.text) return last;
  const isOther = withoutNumbers(text) !== withoutNumbers(last.text);
  return isOther || at - last.at >= QUIET_MS ? { text, at } : last;
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\d[\d.,]*/g, "#");
}
