/** How a service is asked: with a deadline, and a bound on its answer. */
export interface Question {
  /** For messages: "the judge". */
  readonly whom: string;
  readonly url: string;
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Nobody answered, or not in time. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

const DEADLINE_MS = 15_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** @throws UnreachableError */
export async function ask({ whom, url, deadlineMs = DEADLINE_MS, ...request }: Question): Promise<Reply> {
  try {
    const answer = await fetch(url, {
      ...request,
      // A token must not go to whoever is named in an answer.
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
    });
    return { status: answer.status, text: await readBounded(answer) };
  } catch (error) {
    throw new UnreachableError(`${whom} at ${new URL(url).origin} ${describe(error, deadlineMs)}`, {
      cause: error,
    });
  }
}

async function readBounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`gives more than ${MOST_BYTES / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function describe(error: unknown, deadlineMs: number): string {
  if (!(error instanceof Error)) return `does not answer (${String(error)})`;
  if (error.name === "TimeoutError") return `does not answer within ${deadlineMs / 1_000} s`;
  const { cause } = error;
  // The Fetch standard blocks ports of other protocols, and says no more. https://fetch.spec.whatwg.org/#port-blocking
  if (cause instanceof Error && cause.message === "bad port")
    return "does not answer (fetch asks no port of another protocol: let it listen on another one)";
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : (cause as Error)?.message;
  return `does not answer (${reason ?? error.message})`;
}
