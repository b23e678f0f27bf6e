import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { codeOf } from "../error-code.ts";
import { WorkerError } from "../errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where models come from, by the variables that every tool of Hugging Face reads. */
export interface HubEndpoint {
  /** Without a trailing slash; a mirror may have a path. */
  readonly url: string;
  /** For private and gated models. Goes to this endpoint alone, and never into a log. */
  readonly token: string | undefined;
}

const DEFAULT_URL = "https://huggingface.co";

/** @throws WorkerError `option_invalid` when HF_ENDPOINT is no address, or HF_TOKEN no token. */
export async function readEndpoint(environment: Environment): Promise<HubEndpoint> {
  const text = environment.HF_ENDPOINT || DEFAULT_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new WorkerError(
      "option_invalid",
      `HF_ENDPOINT is ${JSON.stringify(text)}: give an http:// or https:// address, such as ${DEFAULT_URL}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new WorkerError(
      "option_invalid",
      "HF_ENDPOINT has a user or a password in it, which would show in logs; give the token with HF_TOKEN",
    );
  }
  return { url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`, token: await readToken(environment) };
}

export function isOfflineByEnvironment(environment: Environment): boolean {
  return /^(1|true|yes|on)$/i.test(environment.HF_HUB_OFFLINE ?? "");
}

/** The user's cache directory, by the rules of XDG: a relative one counts as none. */
export function cacheHome(environment: Environment): string {
  const given = environment.XDG_CACHE_HOME;
  if (given !== undefined && isAbsolute(given)) return given;
  return join(environment.HOME || homedir(), ".cache");
}

async function readToken(environment: Environment): Promise<string | undefined> {
  const given = environment.HF_TOKEN?.trim();
  if (given) return checkToken(given, "HF_TOKEN");
  const home = environment.HF_HOME || join(cacheHome(environment), "huggingface");
  const path = environment.HF_TOKEN_PATH || join(home, "token");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    // The file that `hf auth login` writes need not be there; one that was named has to be.
    if (!environment.HF_TOKEN_PATH) return undefined;
    throw new WorkerError(
      "option_invalid",
      `HF_TOKEN_PATH names ${path}, which cannot be read (${codeOf(cause)})`,
      { cause },
    );
  }
  const token = text.trim();
  return token === "" ? undefined : checkToken(token, path);
}

/** A token that no header can carry would fail later, with a message that quotes it. */
function checkToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new WorkerError(
    "option_invalid",
    `${source} holds no token: it has spaces or characters that are not ASCII`,
  );
}
