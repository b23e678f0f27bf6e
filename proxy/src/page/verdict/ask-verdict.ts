import { isIP, type LookupFunction } from "node:net";
import { Client } from "undici";
import { z } from "zod";
import type { Names } from "../names.ts";
import { maskedAnswer, openAnswer } from "./judge-answer.ts";
import { maskedFacts, openFacts } from "./verdict-facts.ts";
import type { VerdictSnapshot } from "./verdict-snapshot.ts";

const PATHS = { open: "/verdict/open", masked: "/verdict" } as const;
/** A verdict on a hundred variants with the history of every metric is below it. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface VerdictQuestion {
  /** Scheme and authority. */
  readonly url: string;
  readonly mode: "open" | "masked";
  readonly token: string | undefined;
  /** Between two looks. */
  readonly stepMs: number;
  /** What is to be judged; a verdict on anything else is none. */
  readonly experiment: { readonly name: string; readonly phase: number };
}

export interface AskVerdictSettings {
  readonly names: Names;
  readonly deadlineMs: number;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

/** What the judge has found. Never rejects, and is over at the deadline. */
export async function askVerdict(
  question: VerdictQuestion,
  { names, deadlineMs, signal }: AskVerdictSettings,
): Promise<VerdictSnapshot> {
  const { url, mode, token } = question;
  const path = PATHS[mode];
  const deadline = AbortSignal.timeout(deadlineMs);
  const over = AbortSignal.any([deadline, signal]);
  const connect = { timeout: deadlineMs, lookup: lookupIn(names, over) };
  const client = new Client(url, { connect, allowH2: false });
  try {
    const { statusCode, body } = await client.request({
      method: "GET",
      path,
      headers: {
        accept: "application/json",
        "user-agent": "blindsplit-page",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      signal: over,
    });
    const text = await textOf(body);
    if (statusCode === 200) return readVerdict(text, question);
    return isEarly(text)
      ? { problem: "The judge has not looked at this phase yet.", isEarly: true }
      : { problem: `The judge answered ${statusCode} to GET ${path}.` };
  } catch (error) {
    // Names and addresses are the operator's to know.
    if (mode === "masked") return { problem: "The judge does not answer." };
    const reason = deadline.aborted ? `nothing within ${deadlineMs} ms` : messageOf(error as Error);
    return { problem: `The judge cannot be asked for GET ${path}: ${reason}.` };
  } finally {
    await client.destroy();
  }
}

/** What the judge answers before its first look. */
const EARLY = z.object({ code: z.literal("no_look_yet") });

function isEarly(text: string): boolean {
  try {
    return EARLY.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** Throws where the text is no JSON. */
function readVerdict(text: string, { mode, stepMs, experiment }: VerdictQuestion): VerdictSnapshot {
  const json: unknown = JSON.parse(text);
  const { data, error } = mode === "open" ? openAnswer.safeParse(json) : maskedAnswer.safeParse(json);
  if (data === undefined) {
    // What is wrong with it may say what is in it.
    const why = mode === "open" && error !== undefined ? `: ${z.prettifyError(error)}` : "";
    return { problem: `What answers at the judge's address is no judge's verdict${why}.` };
  }
  if (data.experiment !== experiment.name || data.phase !== experiment.phase)
    return {
      problem: `The judge looks at another experiment or phase than the one that runs (${experiment.name}, phase ${experiment.phase}).`,
    };
  return "masked" in data ? maskedFacts(data, stepMs) : openFacts(data, stepMs);
}

/** A resolver that hangs is asked once, however often the judge is. */
function lookupIn(names: Names, signal: AbortSignal): LookupFunction {
  return (hostname, { all }, callback) => {
    void names.find(hostname, signal).then((found) => {
      if (found.problem !== undefined) return callback(new Error(found.problem), "");
      const addresses = found.addresses.map((address) => ({ address, family: isIP(address) }));
      const [first] = addresses;
      if (first === undefined) callback(new Error("Its name has no address."), "");
      else if (all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new RangeError(`its answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one: Error) => one.message).join("; ");
  return error.message;
}
