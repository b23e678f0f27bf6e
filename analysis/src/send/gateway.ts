import { z } from "zod";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import type { Row } from "./rows.ts";

const TOO_LARGE = 413;
const ATTEMPTS = 10;
const ANSWER_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

const answerSchema = z.object({
  results: z.array(
    z.object({ status: z.number(), code: z.string().optional(), detail: z.string().optional() }),
  ),
});
const problemSchema = z.object({ code: z.string(), detail: z.string() });

/** What became of one row; `code` is there unless it was counted, or known already. */
export type RowResult = z.infer<typeof answerSchema>["results"][number];

type Answer =
  | { readonly results: readonly RowResult[] }
  | { readonly tooLarge: RowResult }
  | { readonly failure: string; readonly retryAfterMs: number };

export interface GatewayOptions {
  /** Of the endpoint. */
  readonly url: URL;
  readonly key: string | undefined;
  pause(ms: number): Promise<void>;
  /** Told before it waits. */
  onPause(why: string, ms: number): void;
}

/** Sends batches to a gateway, again where that may help: what was counted is known there, so nothing counts twice. */
export class Gateway {
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /**
   * What became of each; a batch that is too large goes in halves, and a row that is by itself is refused.
   *
   * @throws CommandError where the gateway does not take it, or has no answer after all attempts
   */
  async send(rows: readonly Row[]): Promise<readonly RowResult[]> {
    if (rows.length === 0) return [];
    const body = JSON.stringify({ outcomes: rows.map(({ report }) => report) });
    let failure = "";
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const answer = await this.#post(body);
      if ("results" in answer) {
        if (answer.results.length === rows.length) return answer.results;
        throw new CommandError(
          `${this.#options.url} answered ${rows.length} outcomes with ${answer.results.length} results: is it a gateway of this version?`,
        );
      }
      if ("tooLarge" in answer) {
        if (rows.length === 1) return [answer.tooLarge];
        const half = Math.ceil(rows.length / 2);
        return [...(await this.send(rows.slice(0, half))), ...(await this.send(rows.slice(half)))];
      }
      failure = answer.failure;
      if (attempt === ATTEMPTS) break;
      const pauseMs = Math.min(
        LONGEST_PAUSE_MS,
        Math.max(answer.retryAfterMs, FIRST_PAUSE_MS * 2 ** (attempt - 1)),
      );
      this.#options.onPause(failure, pauseMs);
      await this.#options.pause(pauseMs);
    }
    throw new CommandError(`${failure}, ${ATTEMPTS} times: go on later with --resume`);
  }

  async #post(body: string): Promise<Answer> {
    const { url, key } = this.#options;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      text = await response.text();
    } catch (error) {
      return { failure: `${url} cannot be reached: ${reasonOf(error as Error)}`, retryAfterMs: 0 };
    }
    const json = parse(text);
    if (response.status === 200) {
      const { data } = answerSchema.safeParse(json);
      if (data !== undefined) return data;
      throw new CommandError(
        `${url} answers as no gateway does: is outcomes configured there, at this path?`,
      );
    }
    const problem = problemSchema.safeParse(json).data;
    if (response.status === TOO_LARGE)
      return { tooLarge: { code: "body_too_large", ...problem, status: TOO_LARGE } };
    const said = `${url} says ${response.status}${problem === undefined ? "" : ` (${problem.code}): ${problem.detail}`}`;
    if (response.status !== 429 && response.status < 500) throw new CommandError(said);
    return { failure: said, retryAfterMs: (Number(response.headers.get("retry-after")) || 0) * 1000 };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
