/**
 * The closed set of values of the `status` label: the codes that the proxy answers itself and those that
 * HTTP services commonly answer; every other code is `other`. 499 is a caller who left before the answer's
 * end; a transfer that broke after its status line went out is counted as 502.
 */
export const STATUSES = [
  "101",
  "200",
  "201",
  "202",
  "204",
  "206",
  "301",
  "302",
  "303",
  "304",
  "307",
  "308",
  "400",
  "401",
  "403",
  "404",
  "405",
  "408",
  "409",
  "413",
  "414",
  "415",
  "422",
  "429",
  "431",
  "499",
  "500",
  "501",
  "502",
  "503",
  "504",
  "other",
] as const;

/**
 * The `status` values of the duration histogram: each costs 39 series for every variant, so only those that a
 * latency panel tells apart.
 */
export const DURATION_STATUSES = [
  "200",
  "202",
  "400",
  "429",
  "499",
  "500",
  "502",
  "503",
  "504",
  "other",
] as const;

/** Returns a table from status code (0 to 599) to the position of its name in `names`, whose last is `other`. */
export function positionsOfCodes(names: readonly string[]): Uint8Array {
  const other = names.length - 1;
  const positions = new Uint8Array(600).fill(other);
  for (const [position, name] of names.entries()) if (position < other) positions[Number(name)] = position;
  return positions;
}
