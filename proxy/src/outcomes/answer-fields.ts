import type { Exchange } from "../request/exchange.ts";
import { UNCOUNTED_BUCKET } from "./token-layout.ts";

const TOKEN = "X-Outcome-Token";
const EXPOSED = "access-control-expose-headers";

/**
 * Adds what an answer says of outcomes: the token, on every answer that is an exposure, or would be if it were no
 * fallback, and whatever its status, so that its presence tells nothing; and to pages that may report, that they may
 * read it.
 *
 * @param headers name, value, name, value …
 */
export function addOutcomeFields(exchange: Exchange, headers: string[]): void {
  const { outcomes } = exchange.generation;
  const tokens = exchange.variant?.tokens;
  if (outcomes === undefined || tokens === undefined) return;
  const { analysisBucket, prediction } = exchange;
  headers.push(
    "x-outcome-token",
    tokens.issue(analysisBucket < 0 ? UNCOUNTED_BUCKET : analysisBucket, prediction),
  );
  if (!outcomes.hasOrigins) return;
  const { origin } = exchange.request.headers;
  if (origin !== undefined && outcomes.admits(origin)) expose(headers);
}

/** The service's own list stays: one field that both stand in. */
function expose(headers: string[]): void {
  for (let index = 0; index < headers.length; index += 2)
    if (headers[index]?.toLowerCase() === EXPOSED) {
      headers[index + 1] = `${headers[index + 1]}, ${TOKEN}`;
      return;
    }
  headers.push(EXPOSED, TOKEN);
}
