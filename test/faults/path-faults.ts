import type { Fault } from "./fault.ts";
import type { Link } from "./link.ts";

const SOME_ERRORS = 0.05;
const MANY_ERRORS = 0.3;
/** Above the half second that the objective allows. */
const DELAY_MS = 700;

function overLink(
  name: string,
  alert: string,
  allowed: readonly string[],
  fail: (link: Link) => void,
): Fault {
  return {
    ...{ name, alert, allowed, past: "1h", limit: "1h" },
    async begin(stack) {
      const link = await stack.interpose("roberta");
      fail(link);
      return { end: () => link.close() };
    },
  };
}

/** What goes wrong between the gateways and a worker. */
export const PATH_FAULTS: readonly Fault[] = [
  overLink("5 % errors of one variant", "VariantErrorRatioHigh", ["ABErrorBudgetBurn"], (link) =>
    link.set({ errorRatio: SOME_ERRORS }),
  ),
  overLink("30 % errors of one variant", "ABErrorBudgetBurn", ["VariantErrorRatioHigh"], (link) =>
    link.set({ errorRatio: MANY_ERRORS }),
  ),
  overLink("answers of one variant 0.7 s late", "ABLatencyBudgetBurn", [], (link) =>
    link.set({ delayMs: DELAY_MS }),
  ),
  overLink(
    "worker out of the gateways' reach",
    "UpstreamEjected",
    ["VariantErrorRatioHigh", "ABErrorBudgetBurn"],
    (link) => link.cut(),
  ),
];
