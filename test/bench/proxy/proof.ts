import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { ANSWER, LARGE_BYTES } from "./backend.ts";
import { SMALL_BODY } from "./wrk.ts";

const PATIENCE_MS = 5_000;

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/**
 * Throws unless the listener gives the backend's answers to what will be measured, and shows with a fresh word that the
 * backend has seen method, length and headers of the request.
 */
export async function prove(name: string, port: number): Promise<void> {
  const nonce = crypto.randomUUID();
  const headers = { "content-type": "application/json", "x-user-id": "user-1", "x-nonce": nonce };
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const url = `http://127.0.0.1:${port}${path}`;
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      body: await response.text(),
    };
  };
  const small = { method: "POST", headers, body: SMALL_BODY };
  const up = { method: "POST", headers, body: "x".repeat(LARGE_BYTES) };
  const json = "application/json";
  const expectations: readonly (readonly [string, RequestInit, Answer])[] = [
    ["/predict", small, { status: 200, type: json, body: ANSWER }],
    ["/predict", up, { status: 200, type: json, body: ANSWER }],
    ["/proof", small, { status: 200, type: json, body: `POST ${SMALL_BODY.length} ${nonce} user-1` }],
    ["/proof", up, { status: 200, type: json, body: `POST ${LARGE_BYTES} ${nonce} user-1` }],
    ["/large", { headers }, { status: 200, type: "application/octet-stream", body: "x".repeat(LARGE_BYTES) }],
  ];
  for (const [path, init, expected] of expectations) {
    const answer = await ask(path, init);
    if (JSON.stringify(answer) === JSON.stringify(expected)) continue;
    const show = ({ status, type, body }: Answer) =>
      `${status} ${type} ${body.length} bytes ${body.slice(0, 80)}`;
    throw new CommandError(
      "another_answer",
      `${name} answers ${path} otherwise than the backend: ${show(answer)} instead of ${show(expected)}; nothing was measured`,
    );
  }
}
