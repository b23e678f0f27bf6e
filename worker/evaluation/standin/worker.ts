import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../../../test/support/listen.ts";

/** A worker for tests: real sockets and the worker's contract, with a rule in place of a model. */
export interface StandinWorker {
  readonly url: string;
  /** Bodies of the predictions asked for, in order. */
  readonly texts: readonly string[];
  stop(): Promise<void>;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface StandinWorkerOptions {
  readonly name?: string;
  readonly labels?: readonly string[];
  /** What /metadata says of it; left out: nothing. */
  readonly task?: "text-classification" | "text-regression";
  readonly ready?: boolean;
  /** `call` counts from 0. A string is the label of a normal answer. */
  readonly answer: (text: string, call: number) => string | Answer;
  /** Pretended inference time of each text, counted in `sentiment_inference_seconds`. */
  readonly inferenceSeconds?: number;
  /** False: no /metadata and no /metrics, as a foreign model server. */
  readonly describesItself?: boolean;
  /** What a path that is not served answers, with 404. */
  readonly notServed?: unknown;
}

export async function startStandinWorker(options: StandinWorkerOptions): Promise<StandinWorker> {
  const {
    name = "standin",
    labels = ["negative", "positive"],
    inferenceSeconds = 0.002,
    describesItself = true,
  } = options;
  const texts: string[] = [];
  const counts = new Map<string, number>(labels.map((label) => [`200/${label}`, 0]));
  let inferences = 0;

  const predict = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { text } = JSON.parse(body);
    const chosen = options.answer(text, texts.length);
    texts.push(text);
    const answer = typeof chosen === "string" ? { body: { label: chosen, score: 0.9 } } : chosen;
    const status = answer.status ?? 200;
    const key = `${status}/${typeof chosen === "string" ? chosen : "none"}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (status === 200) inferences += 1;
    response.writeHead(status, { "content-type": "application/json", ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? {}));
  };

  const metrics = () => {
    const series = `model_version="${name}"`;
    const bucket = (le: string) => `sentiment_inference_seconds_bucket{le="${le}",${series}}`;
    return [
      "# TYPE sentiment_requests_total counter",
      ...[...counts].map(([key, count]) => {
        const [status, label] = key.split("/");
        return `sentiment_requests_total{${series},status="${status}",sentiment_label="${label}"} ${count}`;
      }),
      ...["0.001", "0.0025", "0.004", "0.01", "+Inf"].map(
        (le) => `${bucket(le)} ${le === "+Inf" || Number(le) >= inferenceSeconds ? inferences : 0}`,
      ),
      `sentiment_inference_seconds_sum{${series}} ${inferences * inferenceSeconds}`,
      `sentiment_inference_seconds_count{${series}} ${inferences}`,
      `model_memory_usage_bytes{${series}} 104857600`,
      "",
    ].join("\n");
  };

  const { url, stop } = await listen((request, response) => {
    const send = (status: number, body: string) => response.writeHead(status).end(body);
    if (request.url === "/predict")
      predict(request, response).catch((error: unknown) => response.destroy(error as Error));
    else if (request.url === "/readyz") send(options.ready === false ? 503 : 200, "");
    else if (request.url === "/metadata" && describesItself) {
      send(200, JSON.stringify({ name, model: { name, revision: "r1", task: options.task, labels } }));
    } else if (request.url === "/metrics" && describesItself) send(200, metrics());
    else send(404, options.notServed === undefined ? "" : JSON.stringify(options.notServed));
  });
  return { url, texts, stop };
}
