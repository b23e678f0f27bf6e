import { WorkerError } from "../errors.ts";
import type { HubAnswer } from "./connection.ts";
import type { HubEndpoint } from "./endpoint.ts";
import { Interruption } from "./interruption.ts";

/** What was asked for, for messages. */
export interface Asked {
  readonly id: string;
  readonly revision: string;
  /** Left out where the repository itself was asked for. */
  readonly file?: string;
  readonly endpoint: HubEndpoint;
}

/** An answer that is not what was asked for → the error that says what to do, or an Interruption if time may help. */
export function refusal(answer: HubAnswer, asked: Asked): WorkerError | Interruption {
  const { status, source } = answer;
  if (status === 429) return tooMany(answer);
  if (status >= 500 || status === 408) {
    const pauseMs = retryAfterMs(answer);
    return new Interruption(`${source} answers ${status}`, pauseMs === undefined ? {} : { pauseMs });
  }
  return new WorkerError("model_download_failed", explain(answer, asked));
}

function explain({ status, linked, source }: HubAnswer, { id, revision, file, endpoint }: Asked): string {
  const { url, token } = endpoint;
  if (linked.errorCode === "GatedRepo") {
    return (
      `${id} is gated (${status}): accept its terms at ${url}/${id}, ` +
      `${token === undefined ? "then set HF_TOKEN to a token of that account" : "with the account of the token that HF_TOKEN holds"}`
    );
  }
  if (status === 401 || status === 403) {
    // The hub answers 401, not 404, to strangers who ask for what is not there.
    return token === undefined
      ? `${url} does not give ${id} to strangers (${status}): there is no such model, and no directory of that name, or it is private; check model, or set HF_TOKEN`
      : `${url} refuses the token for ${id} (${status}): check HF_TOKEN (or the file of \`hf auth login\`), and that it may read this model`;
  }
  if (status !== 404) return `${source} answers ${status}; check HF_ENDPOINT and model`;
  if (linked.errorCode === "RevisionNotFound") {
    return `${id} has no revision ${JSON.stringify(revision)} (404); set revision to a branch, tag or commit that ${url}/${id} lists`;
  }
  if (file !== undefined) {
    return `${id} has no file ${file} at revision ${revision} (404); set dtype to a graph that it has, or run \`npm run model:lock -- ${id}\` if the lock file names it`;
  }
  return `${url} has no model ${id} (404), and there is no directory of that name; check the spelling of model, or set HF_TOKEN if it is private`;
}

function tooMany(answer: HubAnswer): Interruption {
  const pauseMs = retryAfterMs(answer);
  const said = pauseMs === undefined ? "" : ` and asks to wait ${Math.ceil(pauseMs / 1000)} s`;
  return new Interruption(
    `${new URL(answer.source).origin} gets too many requests from here (429)${said}`,
    pauseMs === undefined ? {} : { pauseMs },
  );
}

/** `Retry-After` in seconds or as a date; else what the hub's `RateLimit: "api";r=0;t=55` says. */
function retryAfterMs({ headers }: HubAnswer): number | undefined {
  const given = headers["retry-after"]?.trim();
  if (given !== undefined && /^\d+$/.test(given)) return Number(given) * 1000;
  const at = given === undefined ? Number.NaN : Date.parse(given);
  if (Number.isFinite(at)) return Math.max(0, at - Date.now());
  const [, seconds] = /;\s*t=(\d+)/.exec(String(headers.ratelimit ?? "")) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
