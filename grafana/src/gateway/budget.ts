import { NoUnit, PercentUnit } from "@grafana/grafana-foundation-sdk/units";
import { BURN_RATES, OBJECTIVES } from "../../../prometheus/src/objectives.ts";
import { COLORS } from "../color.ts";
import { drawLines } from "../panel/lines.ts";
import { showNumbers } from "../panel/numbers.ts";
import { one } from "../query.ts";
import type { Row } from "../row.ts";

const percent = (ratio: number) => `${Number((100 * ratio).toFixed(2))} %`;
const WINDOWS = ["1h", "6h", "3d"] as const;
const FACTORS = BURN_RATES.map(({ factor }) => factor);
const PERIOD_DAYS = 30;
const LOOK_BACK_DAYS = 3;

interface Promised {
  readonly promise: string;
  readonly series: string;
  /** Share of the requests that may break it. */
  readonly budget: number;
}

const answered: Promised = {
  promise: `${percent(OBJECTIVES.answered)} without a 5xx`,
  series: "job:ab_requests:error_ratio",
  budget: 1 - OBJECTIVES.answered,
};
const fast: Promised = {
  promise: `${percent(OBJECTIVES.fast)} of the 200s within ${OBJECTIVES.fastSeconds} s`,
  series: "job:ab_requests:slow_ratio",
  budget: 1 - OBJECTIVES.fast,
};

const exact = (budget: number) => Number(budget.toFixed(6));

function drawBurning({ promise, series, budget }: Promised) {
  return drawLines({
    title: `Budget burn: ${promise}`,
    description: `How many times faster than allowed the error budget of ${PERIOD_DAYS} days is spent, by window. At 1 it lasts exactly ${PERIOD_DAYS} days; the dashed lines are the factors at which a ticket is written or somebody is woken.`,
    unit: NoUnit,
    min: 0,
    width: 9,
    queries: WINDOWS.map((window) => one(`over_${window}`, `${series}${window} / ${exact(budget)}`, window)),
    steps: [...FACTORS]
      .sort((a, b) => a - b)
      .map((from, index) => ({
        from,
        color: index < 2 ? COLORS.notice : COLORS.alarm,
      })),
  });
}

const spent = ({ series, budget }: Promised) =>
  `${series}${LOOK_BACK_DAYS}d / ${exact(budget)} * ${LOOK_BACK_DAYS / PERIOD_DAYS}`;

/** What the gateway promises its callers. */
export const budget: Row = {
  id: 200,
  title: "Promises to callers",
  panels: [
    drawBurning(answered),
    drawBurning(fast),
    showNumbers({
      title: `Spent in ${LOOK_BACK_DAYS} days`,
      description: `Share of each promise's budget of ${PERIOD_DAYS} days that the last ${LOOK_BACK_DAYS} days took. ${percent(LOOK_BACK_DAYS / PERIOD_DAYS)} is on course.`,
      unit: PercentUnit,
      decimals: 1,
      width: 6,
      queries: [one("answered", spent(answered), answered.promise), one("fast", spent(fast), fast.promise)],
      steps: [
        { from: LOOK_BACK_DAYS / PERIOD_DAYS, color: COLORS.notice },
        { from: 1, color: COLORS.alarm },
      ],
    }),
  ],
};
