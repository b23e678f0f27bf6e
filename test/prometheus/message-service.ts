import type { TestContext } from "node:test";
import { listen } from "../support/listen.ts";

export interface Call {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Takes what is posted as JSON and answers as the service would: from 0.28 on, what says that it is JSON has to be. */
export async function startMessageService(
  t: TestContext,
  answer: string,
): Promise<{ url: string; calls: readonly Call[] }> {
  const calls: Call[] = [];
  const { url, stop } = await listen(async (request, response) => {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    calls.push({ path: request.url ?? "", body: JSON.parse(text) });
    const type = answer.startsWith("{") ? "application/json" : "text/html";
    response.writeHead(200, { "content-type": type }).end(answer);
  });
  t.after(stop);
  return { url, calls };
}
