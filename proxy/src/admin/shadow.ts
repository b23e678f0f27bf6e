import type { Config } from "../config/config.ts";
import type { Disagreements } from "../shadow/disagreements.ts";
import { describe } from "../shadow/shadow-book.ts";
import { type Answer, problem } from "./answer.ts";

/** What the shadow variant and the others disagreed about last. */
export function describeShadow(
  { shadow, admin }: Pick<Config, "shadow" | "admin">,
  disagreements: Disagreements,
): Answer {
  if (admin.page === "masked")
    return problem(
      403,
      "masked",
      "Labels by variant would tell the variants apart (admin.page is masked); ask a gateway whose page is open or off.",
    );
  return {
    status: 200,
    body: {
      variant: shadow?.variant ?? null,
      percent: shadow === undefined ? 0 : Number((shadow.ratio * 100).toPrecision(12)),
      disagreements: disagreements.list().map(describe),
    },
  };
}
