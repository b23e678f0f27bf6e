import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";
import type { Environment, HubEndpoint } from "./endpoint.ts";
import { Interruption } from "./interruption.ts";
import type { HubLimits } from "./limits.ts";

/** An answer of any status but a redirect. */
export interface HubAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What the hub itself says of the file, also where another host sends its bytes. */
  readonly linked: LinkedHeaders;
  /** Has to be read to its end, or destroyed. */
  readonly body: IncomingMessage;
  /** For messages: without the query, where CDNs put signatures. */
  readonly source: string;
}

export interface LinkedHeaders {
  /** SHA-256 of a file in large-file storage, as the hub quotes it. */
  readonly etag: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly commit: string | undefined;
  /** The hub's own word for a refusal, such as `GatedRepo`. */
  readonly errorCode: string | undefined;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REDIRECT_LIMIT = 8;

/** Asks the hub. One for each download; `close` it. */
export class HubConnection {
  readonly endpoint: HubEndpoint;
  readonly #limits: HubLimits;
  readonly #signal: AbortSignal;
  readonly #agents: { readonly http: http.Agent; readonly https: https.Agent };

  /** @param environment HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case. */
  constructor(endpoint: HubEndpoint, environment: Environment, limits: HubLimits, signal: AbortSignal) {
    this.endpoint = endpoint;
    this.#limits = limits;
    this.#signal = signal;
    const settings = { keepAlive: true, proxyEnv: { ...environment } };
    this.#agents = { http: new http.Agent(settings), https: new https.Agent(settings) };
  }

  /**
   * @param path of the endpoint, encoded, beginning with a slash.
   * @throws Interruption when the network fails; WorkerError `model_download_failed` when a redirect leads nowhere
   *   or a certificate is not trusted; the signal's reason.
   */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<HubAnswer> {
    const start = new URL(`${this.endpoint.url}${path}`);
    let url = start;
    let hasLeft = false;
    let linked: LinkedHeaders | undefined;
    for (let hop = 0; hop <= REDIRECT_LIMIT; hop += 1) {
      // The token is for the endpoint alone, and for no answer that comes after one from elsewhere.
      hasLeft ||= url.origin !== start.origin;
      const body = await this.#ask(url, hasLeft ? headers : { ...headers, ...this.#credentials() });
      linked ??= readLinked(body.headers);
      const status = body.statusCode ?? 0;
      const { location } = body.headers;
      if (!REDIRECTS.has(status) || location === undefined) {
        return { status, headers: body.headers, linked: linked ?? NOTHING, body, source: sourceOf(url) };
      }
      body.destroy();
      url = follow(url, location);
    }
    throw new WorkerError(
      "model_download_failed",
      `${sourceOf(start)} leads from one address to the next, more than ${REDIRECT_LIMIT} times; check HF_ENDPOINT`,
    );
  }

  /** What a body that broke off, or the wait for an answer, threw → an Interruption; or throws the signal's reason. */
  interruption(cause: unknown, source: string): Interruption {
    this.#signal.throwIfAborted();
    return new Interruption(`${source} ${reasonOf(cause)}`, { cause });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #credentials(): Record<string, string> {
    const { token } = this.endpoint;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  async #ask(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    try {
      return await this.#send(url, headers);
    } catch (cause) {
      if (isUntrusted(cause)) {
        throw new WorkerError(
          "model_download_failed",
          `${sourceOf(url)} has a certificate that is not trusted (${codeOf(cause)}); name its authority's file in NODE_EXTRA_CA_CERTS`,
          { cause },
        );
      }
      throw this.interruption(cause, sourceOf(url));
    }
  }

  #send(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
    const { connectMs, silenceMs } = this.#limits;
    const isSecure = url.protocol === "https:";
    return new Promise((resolve, reject) => {
      const request = (isSecure ? https : http).get(url, {
        agent: isSecure ? this.#agents.https : this.#agents.http,
        signal: this.#signal,
        // Ranges and lengths are of the file itself only where nothing is compressed on the way.
        headers: { "user-agent": "blindsplit", "accept-encoding": "identity", ...headers },
      });
      let answer: IncomingMessage | undefined;
      const giveUp = (message: string) => (answer ?? request).destroy(new Silence(message));
      const connecting = setTimeout(
        () => giveUp(`took no connection within ${connectMs / 1000} s`),
        connectMs,
      );
      const connected = () => clearTimeout(connecting);
      request.on("socket", (socket) => {
        if (socket.connecting) socket.once(isSecure ? "secureConnect" : "connect", connected);
        else connected();
      });
      request.setTimeout(silenceMs, () => giveUp(`said nothing for ${silenceMs / 1000} s`));
      request.on("response", (response) => {
        connected();
        answer = response;
        resolve(response);
      });
      request.on("error", (error) => {
        connected();
        reject(error);
      });
    });
  }
}

class Silence extends Error {}

const NOTHING: LinkedHeaders = {
  etag: undefined,
  sizeBytes: undefined,
  commit: undefined,
  errorCode: undefined,
};

/** Only of the first answer in a chain that says anything: a CDN must not speak for the hub. */
function readLinked(headers: IncomingHttpHeaders): LinkedHeaders | undefined {
  const one = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  const size = one("x-linked-size");
  const linked = {
    etag: one("x-linked-etag"),
    sizeBytes: size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined,
    commit: one("x-repo-commit"),
    errorCode: one("x-error-code"),
  };
  return Object.values(linked).every((value) => value === undefined) ? undefined : linked;
}

function follow(from: URL, location: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isAllowed =
    target !== undefined &&
    (target.protocol === "https:" || (target.protocol === "http:" && from.protocol === "http:"));
  if (isAllowed) return target;
  throw new WorkerError(
    "model_download_failed",
    `${sourceOf(from)} redirects to what is no address, or leaves https; check HF_ENDPOINT`,
  );
}

function sourceOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

const UNTRUSTED = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS_CERT)/;

function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test(codeOf(error));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "cannot be found by its name (ENOTFOUND): check the network, HF_ENDPOINT and HTTPS_PROXY",
  EAI_AGAIN: "cannot be found by its name now (EAI_AGAIN): check the network",
  ECONNREFUSED: "refuses connections (ECONNREFUSED): check HF_ENDPOINT and HTTPS_PROXY",
  ECONNRESET: "broke off (ECONNRESET)",
  EHOSTUNREACH: "cannot be reached (EHOSTUNREACH): check the network",
  ENETUNREACH: "cannot be reached (ENETUNREACH): check the network",
  ETIMEDOUT: "cannot be reached (ETIMEDOUT): check the network and HTTPS_PROXY",
};

function reasonOf(error: unknown): string {
  if (error instanceof Silence) return error.message;
  const code = codeOf(error);
  return REASONS[code] ?? `failed (${code})`;
}
