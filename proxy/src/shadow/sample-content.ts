import type { ShadowedRequest } from "./candidate.ts";

/** What of a request goes into the file of disagreements: its text, else its body, else what it asked for. */
export function sampleContent({ target, body }: Pick<ShadowedRequest, "target" | "body">): object {
  if (body === null) return { target };
  const content = body.toString();
  const text = readText(content);
  return text === undefined ? { target, body: content } : { target, text };
}

function readText(content: string): string | undefined {
  try {
    const read: unknown = JSON.parse(content);
    const isSingle = typeof read === "object" && read !== null && "text" in read;
    return isSingle && typeof read.text === "string" ? read.text : undefined;
  } catch {
    return undefined;
  }
}
