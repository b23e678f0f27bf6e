import { z } from "zod";
import { CommandError } from "../../../proxy/src/command/arguments.ts";
import { ask, UnreachableError } from "../report/ask.ts";

/** Name and password, or a token, as MLflow's own clients take them from the environment. */
type Environment = Readonly<Record<string, string | undefined>>;

/** MLflow's own code for it. @see https://mlflow.org/docs/latest/rest-api.html */
const ABSENT = "RESOURCE_DOES_NOT_EXIST";
const PRESENT = "RESOURCE_ALREADY_EXISTS";

const DEADLINE_MS = 30_000;

const experiment = z.object({ experiment_id: z.string() });
const found = z.object({ experiment: experiment.extend({ lifecycle_stage: z.string() }) });
const created = z.object({
  run: z.object({ info: z.object({ run_id: z.string(), artifact_uri: z.string() }) }),
});
const refusal = z.object({ error_code: z.string(), message: z.string().optional() });

export interface Metric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface CreatedRun {
  readonly id: string;
  readonly artifactUri: string;
}

/** MLflow's REST API 2.0, as far as a report needs it. Every method throws CommandError. */
export class MlflowClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param base without a slash at the end */
  constructor(base: string, env: Environment) {
    this.#base = base;
    this.#headers = authorisation(env);
  }

  async experimentNamed(name: string): Promise<string> {
    const known = await this.#find(name);
    if (known !== undefined) return known;
    const answer = await this.#try("POST", "experiments/create", { name });
    // Somebody else has made it meanwhile.
    if (answer.code === PRESENT)
      return (await this.#find(name)) ?? this.#refuse("experiments/create", answer);
    return experiment.parse(this.#read("experiments/create", answer)).experiment_id;
  }

  async createRun(run: {
    readonly experimentId: string;
    readonly name: string;
    readonly startedAt: number;
    readonly tags: readonly Pair[];
  }): Promise<CreatedRun> {
    const body = {
      experiment_id: run.experimentId,
      run_name: run.name,
      start_time: run.startedAt,
      tags: run.tags,
    };
    const { info } = created.parse(await this.#ask("POST", "runs/create", body)).run;
    return { id: info.run_id, artifactUri: info.artifact_uri };
  }

  async log(
    id: string,
    batch: { metrics?: readonly Metric[]; params?: readonly Pair[]; tags?: readonly Pair[] },
  ) {
    await this.#ask("POST", "runs/log-batch", { run_id: id, ...batch });
  }

  async end(id: string, status: "FINISHED" | "FAILED", endedAt: number): Promise<void> {
    await this.#ask("POST", "runs/update", { run_id: id, status, end_time: endedAt });
  }

  /** @param path of the artifact below the server's own store */
  async upload(path: string, text: string): Promise<void> {
    const place = path.split("/").map(encodeURIComponent).join("/");
    const url = `${this.#base}/api/2.0/mlflow-artifacts/artifacts/${place}`;
    const { status, text: said } = await this.#send("PUT", url, text, "application/octet-stream");
    if (status >= 300) throw new CommandError(`${this.#said(status, said)} to the artifact ${path}`);
  }

  async #find(name: string): Promise<string | undefined> {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    const answer = await this.#try("GET", path);
    if (answer.code === ABSENT) return undefined;
    const known = found.parse(this.#read(path, answer)).experiment;
    if (known.lifecycle_stage === "active") return known.experiment_id;
    throw new CommandError(
      `the experiment ${name} of MLflow at ${this.#base} is ${known.lifecycle_stage}: restore it (mlflow experiments restore -x ${known.experiment_id}), or delete it for good`,
    );
  }

  async #ask(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
    return this.#read(path, await this.#try(method, path, body));
  }

  async #try(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.#send(method, `${this.#base}/api/2.0/mlflow/${path}`, text, "application/json");
    const json = parseJson(answer.text);
    return { ...answer, json, code: refusal.safeParse(json).data?.error_code };
  }

  #read(path: string, answer: Answer): unknown {
    return answer.status === 200 && answer.json !== undefined ? answer.json : this.#refuse(path, answer);
  }

  #refuse(path: string, { status, text, json }: Answer): never {
    const { error_code, message } = refusal.safeParse(json).data ?? {};
    const said = error_code === undefined ? text : `${error_code}: ${message ?? ""}`;
    throw new CommandError(`${this.#said(status, said)} to ${path.split("?")[0]}`);
  }

  #said(status: number, text: string): string {
    const remedy =
      status === 401 || status === 403
        ? "; give MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        : status === 404
          ? "; --mlflow must be the address of a tracking server, such as http://127.0.0.1:5000"
          : "";
    const said = text.replace(/\s+|\p{Cc}/gu, " ").slice(0, 200);
    return `MLflow at ${this.#base} answers ${status} (${said})${remedy}`;
  }

  async #send(method: "GET" | "POST" | "PUT", url: string, body: string | undefined, type: string) {
    try {
      return await ask({
        whom: "MLflow",
        url,
        method,
        headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": type }) },
        ...(body === undefined ? {} : { body }),
        deadlineMs: DEADLINE_MS,
      });
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      throw new CommandError(`${error.message}: is a tracking server there? Name another with --mlflow`, {
        cause: error,
      });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
  readonly code: string | undefined;
}

function authorisation(env: Environment): Readonly<Record<string, string>> {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: name,
    MLFLOW_TRACKING_PASSWORD: password,
  } = env;
  if (name && password)
    return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
  return token ? { authorization: `Bearer ${token}` } : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
