import type { RequestListener } from "node:http";

interface Model {
  readonly positive: number;
  readonly negative: number;
  readonly more?: string;
}

export function worker(model: string, { positive, negative, more = "" }: Model): RequestListener {
  const line = (label: string, count: number) =>
    `sentiment_requests_total{model_version="${model}",status="200",sentiment_label="${label}"} ${count}\n`;
  const memory = `model_memory_usage_bytes{model_version="${model}"} 123456789\n`;
  return ({ url }, response) =>
    void response.end(
      url === "/metrics" ? line("positive", positive) + line("negative", negative) + memory + more : "{}",
    );
}
