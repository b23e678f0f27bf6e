/** How numbers are written in reports. `–` stands for "there is no such number", never for zero. */

export const ABSENT = "–";

export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share in [0, 1] as a percentage. */
export function formatShare(share: number | null, digits = 1): string {
  return share === null || !Number.isFinite(share) ? ABSENT : `${(share * 100).toFixed(digits)} %`;
}

/** A number in the data's own unit, three decimals. */
export function formatNumber(value: number | null): string {
  return value === null || !Number.isFinite(value) ? ABSENT : value.toFixed(3);
}

/** Seconds with three significant digits: a small model answers in 1.23 ms, a large one in 1.23 s. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return ABSENT;
  const [value, unit] = seconds < 0.9995 ? [seconds * 1000, "ms"] : [seconds, "s"];
  return `${value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
}

export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return ABSENT;
  return bytes < 1024 ** 3
    ? `${(bytes / 1024 ** 2).toFixed(0)} MiB`
    : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}
