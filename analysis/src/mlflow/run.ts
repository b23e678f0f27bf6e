import { documentOf, render } from "../report/render.ts";
import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Verdict } from "../verdict/verdict.ts";
import { MlflowClient } from "./client.ts";
import { metricsOf, paramsOf, tagsOf } from "./facts.ts";

/** Of one request. @see https://mlflow.org/docs/latest/rest-api.html#log-batch */
const MOST_METRICS = 1_000;
/** Every store takes tags of so many bytes. */
const MOST_TAG_BYTES = 5_000;
const PROXIED = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/;

export interface LoggedRun {
  readonly id: string;
  /** What could not be kept as it should. */
  readonly notes: readonly string[];
}

export interface LogOptions {
  /** Of the tracking server, without a slash at the end. */
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Keeps a report as a run: parameters, metrics, tags, and the report itself as its artifacts. What is masked in the
 * verdict is masked there. A run that cannot be finished is marked as failed.
 *
 * @throws CommandError
 */
export async function logRun(
  verdict: Verdict | MaskedVerdict,
  { url, env, now }: LogOptions,
): Promise<LoggedRun> {
  const client = new MlflowClient(url, env);
  const { line } = documentOf(verdict);
  const experimentId = await client.experimentNamed(verdict.experiment);
  const run = await client.createRun({
    experimentId,
    name: `phase ${verdict.phase}, ${new Date(verdict.at).toISOString().slice(0, 16)}Z`,
    startedAt: verdict.since ?? verdict.at,
    tags: tagsOf(verdict, line),
  });
  try {
    await client.log(run.id, { params: paramsOf(verdict) });
    const metrics = metricsOf(verdict);
    for (let from = 0; from < metrics.length; from += MOST_METRICS)
      await client.log(run.id, { metrics: metrics.slice(from, from + MOST_METRICS) });
    const notes = await keepReport(client, run, verdict);
    await client.end(run.id, "FINISHED", now());
    return { id: run.id, notes };
  } catch (error) {
    // The first failure is the one to tell.
    await client.end(run.id, "FAILED", now()).catch(() => undefined);
    throw error;
  }
}

/** Through the server where it keeps artifacts for its clients; else only it knows the way to its store. */
async function keepReport(
  client: MlflowClient,
  { id, artifactUri }: { readonly id: string; readonly artifactUri: string },
  verdict: Verdict | MaskedVerdict,
): Promise<string[]> {
  const plain = { width: 80, isColored: false };
  const [, root] = PROXIED.exec(artifactUri) ?? [];
  if (root !== undefined) {
    await client.upload(`${root}/report.html`, render(verdict, "html", plain));
    await client.upload(`${root}/report.md`, render(verdict, "markdown", plain));
    await client.upload(`${root}/report.json`, render(verdict, "json", plain));
    return [];
  }
  const markdown = cutBytes(render(verdict, "markdown", plain), MOST_TAG_BYTES);
  await client.log(id, { tags: [{ key: "blindsplit.report", value: markdown }] });
  return [
    `MLflow keeps artifacts in ${artifactUri.replace(/:.*/s, ":…")}, which is not reached through the server (mlflow server --serve-artifacts): the report is the tag blindsplit.report, cut at ${MOST_TAG_BYTES} bytes`,
  ];
}

function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // A character that was cut in two is left out.
  return new TextDecoder("utf-8").decode(bytes.subarray(0, most - 3), { stream: true });
}
