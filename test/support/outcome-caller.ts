import assert from "node:assert/strict";

export interface Reported {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
  readonly headers: Headers;
}

/** The token of an answer to this user. */
export async function askForToken(url: string, userId: string): Promise<string> {
  const response = await fetch(`${url}/predict`, {
    method: "POST",
    headers: { "x-user-id": userId },
    body: "{}",
  });
  await response.arrayBuffer();
  return response.headers.get("x-outcome-token") ?? assert.fail(`${response.status} without a token`);
}

export async function askForTokens(url: string, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < count; index++) tokens.push(await askForToken(url, `user-${index}`));
  return tokens;
}

/** @param body what is no text is sent as JSON */
export async function report(
  url: string,
  body: unknown,
  fields: Readonly<Record<string, string>> = {},
): Promise<Reported> {
  const response = await fetch(`${url}/-/outcomes`, {
    method: "POST",
    headers: { "content-type": "application/json", ...fields },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  return { status: response.status, code, text, headers: response.headers };
}
