interface Pace {
  /** Null where nobody can say, and where nothing can be decided any more. */
  readonly daysLeft: number | null;
  readonly endsAt: number | null;
  readonly at: number;
}

/** "about 3 more days". Outcomes of the last exposures come after the horizon, and may still decide. */
export function sayDays({ daysLeft: days, endsAt, at }: Pace): string {
  const isOver = endsAt !== null && at >= endsAt;
  if (days === null || !Number.isFinite(days))
    return isOver ? "the horizon is over" : "how many more days is unknown";
  const whole = Math.ceil(days);
  const more = days < 1 ? "one more day, or less" : `${whole} more ${whole === 1 ? "day" : "days"}`;
  return isOver ? `the horizon is over, late outcomes may decide: about ${more}` : `about ${more}`;
}
