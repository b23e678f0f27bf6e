/** 0.005 → "0.5 %": a threshold in an alert's words. */
export function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(6))} %`;
}
