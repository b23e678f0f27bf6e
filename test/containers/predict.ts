import { hash } from "../../proxy/src/experiment/hash.ts";

const PATIENCE_MS = 15_000;

export interface Predicted {
  readonly status: number;
  /** The body as it came. */
  readonly text: string;
  /** Of an error. */
  readonly code: string | undefined;
}

/** An id that the reference experiment, at 50/50 and without a salt, gives to this variant. */
export function idOf(variant: "distilbert" | "roberta"): string {
  for (let number = 0; ; number++) {
    const id = `unit-${number}`;
    if (hash(id) % 100 < 50 === (variant === "distilbert")) return id;
  }
}

export async function predict(url: string, id: string, texts: readonly string[]): Promise<Predicted> {
  const answer = await fetch(`${url}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": id },
    body: JSON.stringify({ texts }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await answer.text();
  const body: unknown = JSON.parse(text);
  const code = typeof body === "object" && body !== null && "code" in body ? String(body.code) : undefined;
  return { status: answer.status, text, code };
}
