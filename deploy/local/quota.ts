export interface QuotaSettings {
  limit: number;
  windowMs: number;
}

/** Lets `limit` lines through in each window and tells, at the last of them, that there are more. */
export function createQuota({ limit, windowMs }: QuotaSettings, now: () => number) {
  let begun = Number.NEGATIVE_INFINITY;
  let spent = 0;
  return function admit(): "yes" | "last" | "no" {
    if (now() - begun >= windowMs) {
      begun = now();
      spent = 0;
    }
    spent += 1;
    return spent < limit ? "yes" : spent === limit ? "last" : "no";
  };
}
