/** 120197 → "120,197". */
export function sayCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Counts of a class; a dash each where there are none at all. */
export function sayRow(counts: readonly number[]): string[] {
  return counts.every((count) => count === 0) ? counts.map(() => "–") : counts.map(sayCount);
}

/** 0.31137 → "31.1 %". */
export function sayShare(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** "2027-02-03 06:00 UTC". */
export function sayMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "02-03 06:00": of moments that are within two days. */
export function sayTime(at: number): string {
  return new Date(at).toISOString().slice(5, 16).replace("T", " ");
}

/** "2027-02-03". */
export function sayDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** 0.0311 → "31.1 ms". */
export function saySeconds(seconds: number | null): string {
  if (seconds === null) return "unknown";
  return seconds < 1 ? `${digits(seconds * 1_000)} ms` : `${digits(seconds)} s`;
}

/** 402653184 → "384 MiB". */
export function sayBytes(bytes: number | null): string {
  if (bytes === null) return "unknown";
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1_024 ? `${digits(mebibytes)} MiB` : `${digits(mebibytes / 1_024)} GiB`;
}

/** Three significant digits, and "unknown" of null. */
export function sayNumber(value: number | null): string {
  return value === null ? "unknown" : digits(value);
}

/** 0.00061 → "p = 0.00061"; below what is worth saying, "p < 0.0001". */
export function sayProbability(p: number): string {
  return p < 0.0001 ? "p < 0.0001" : `p = ${Number(p.toPrecision(2))}`;
}

/** Two numbers alike, one word: "1 look", "2 looks". */
export function sayMany(count: number, one: string, many = `${one}s`): string {
  return `${sayCount(count)} ${count === 1 ? one : many}`;
}

function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (!Number.isFinite(rounded)) return "unknown";
  const text = Math.abs(rounded) >= 1_000 ? sayCount(Math.abs(rounded)) : String(Math.abs(rounded));
  return rounded < 0 ? `−${text}` : text;
}
