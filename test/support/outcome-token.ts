import { NO_NAME, nameCode } from "../../proxy/src/outcomes/name-code.ts";
import { TokenSeal } from "../../proxy/src/outcomes/token.ts";
import { deriveTokenKey } from "../../proxy/src/outcomes/token-key.ts";
import { complete, draftOf, widthOf } from "../../proxy/src/outcomes/token-layout.ts";

export interface TokenContent {
  readonly experiment: string;
  readonly phase: number;
  readonly variant: string;
  readonly weights: readonly number[];
  readonly analysisBucket: number;
  readonly label: string | undefined;
  readonly score: number;
  readonly issuedAt: number;
}

/** A token as a gateway with this secret gives it, whatever it says. */
export function mintToken(secret: string, content: Partial<TokenContent> = {}): string {
  const { experiment = "test", phase = 1, variant = "a", weights = [50, 50], label = "positive" } = content;
  const { analysisBucket = 7, score = 0.9, issuedAt = Date.now() } = content;
  const draft = draftOf({ experiment: nameCode(experiment), phase, variant: nameCode(variant), weights });
  const code = label === undefined ? NO_NAME : nameCode(label);
  complete(draft, { analysisBucket, label: Buffer.from(code, "latin1"), score, issuedAt });
  return new TokenSeal(deriveTokenKey(secret), widthOf(weights.length), () => undefined).seal(draft);
}
