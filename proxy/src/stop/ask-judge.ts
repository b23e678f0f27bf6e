import { Client } from "undici";
import { z } from "zod";
import type { StopNotice } from "./known-stops.ts";

const PATH = "/-/stop";
const MOST_BYTES = 64 * 1024;

const notice = z.object({
  experiment: z.string().max(200),
  phase: z.number().int(),
  stopped: z.array(z.string().max(20)).max(100),
  at: z.number().int().min(0).max(8.64e15).nullish(),
  fingerprint: z.string().max(100).optional(),
});

/** Tell them apart by `"problem" in` it; a problem is one sentence for the operator. */
export type JudgeAnswer = StopNotice | { readonly problem: string };

/** `GET /-/stop` of the judge at `url` (scheme and authority). Never rejects, and is over at the deadline. */
export async function askJudge(
  url: string,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<JudgeAnswer> {
  const client = new Client(url, { connect: { timeout: deadlineMs }, allowH2: false });
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    const { statusCode, body } = await client.request({
      method: "GET",
      path: PATH,
      headers: { accept: "application/json", "user-agent": "blindsplit-gateway" },
      signal: AbortSignal.any([deadline, signal]),
    });
    if (statusCode !== 200) return { problem: `It answered ${statusCode} to GET ${PATH}.` };
    const read = notice.safeParse(JSON.parse(await textOf(body)));
    return (
      read.data ?? { problem: `Its answer to GET ${PATH} is none of a judge: ${z.prettifyError(read.error)}` }
    );
  } catch (error) {
    const reason = deadline.aborted ? `nothing within ${deadlineMs} ms` : messageOf(error as Error);
    return { problem: `It cannot be asked for GET ${PATH}: ${reason}.` };
  } finally {
    await client.destroy();
  }
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
