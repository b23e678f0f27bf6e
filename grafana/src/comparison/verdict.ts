import type { Row } from "../row.ts";
import { answerPanels } from "./verdict/answer.ts";
import { differencePanels } from "./verdict/differences.ts";
import { outcomePanels } from "./verdict/outcomes.ts";

/** What the judge has found, variants as letters. */
export const verdict: Row = {
  id: 800,
  title: "Verdict",
  panels: [...answerPanels, ...differencePanels, ...outcomePanels],
};
