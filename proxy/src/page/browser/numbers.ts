/** How numbers are written, the same everywhere on the page: "–" for what there is none of. */
const NONE = "–";

/** Between a number and its unit: no line ends there. */
const GAP = "\u00a0";

const WHOLE = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const CLOCK_AND_DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export function formatCount(count: number | undefined): string {
  return count === undefined ? NONE : WHOLE.format(count);
}

/** @param share 0 to 1 */
export function formatShare(share: number | undefined, digits = 1): string {
  return share === undefined ? NONE : `${(share * 100).toFixed(digits)}${GAP}%`;
}

/** Of something small, so that one failure in a million does not read as none. */
export function formatSmallShare(share: number | undefined): string {
  if (share === undefined) return NONE;
  if (share > 0 && share < 0.0001) return `<${GAP}0.01${GAP}%`;
  return formatShare(share, Number((share * 100).toFixed(2)) < 10 ? 2 : 1);
}

/** Three digits that count, in milliseconds below a second. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined) return NONE;
  return round(seconds) < 1 ? `${threeDigits(seconds * 1_000)}${GAP}ms` : `${threeDigits(seconds)}${GAP}s`;
}

export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) return NONE;
  return round(bytes / 1024 ** 2) < 1024
    ? `${threeDigits(bytes / 1024 ** 2)}${GAP}MiB`
    : `${threeDigits(bytes / 1024 ** 3)}${GAP}GiB`;
}

export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return NONE;
  return `${perSecond >= 100 ? WHOLE.format(perSecond) : threeDigits(perSecond)}${GAP}/${GAP}s`;
}

export function formatIndex(index: number | undefined): string {
  return index === undefined ? NONE : index.toFixed(3);
}

/** @param at milliseconds since 1970 */
export function formatClock(at: number): string {
  return CLOCK.format(at);
}

/** @param at milliseconds since 1970 */
export function formatClockAndDay(at: number): string {
  return CLOCK_AND_DAY.format(at);
}

/** In minutes where there is one, else in seconds. */
export function formatLength(lengthMs: number): string {
  const seconds = Math.round(lengthMs / 1_000);
  const minutes = `${Math.floor(seconds / 60)}${GAP}min`;
  if (seconds < 60) return `${seconds}${GAP}s`;
  return seconds % 60 === 0 ? minutes : `${minutes} ${seconds % 60}${GAP}s`;
}

/** "a", "a and b", "a, b and c". */
export function formatList(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function threeDigits(number: number): string {
  if (number === 0) return "0";
  const rounded = round(number);
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Math.min(2, Math.max(0, 2 - magnitude)));
}

/** To three digits, to a whole number from a hundred on: 9.996 must be written as the 10 that it is rounded to. */
function round(number: number): number {
  return Math.abs(number) < 100 ? Number(number.toPrecision(3)) : Math.round(number);
}
