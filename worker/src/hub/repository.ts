import * as z from "zod";
import { WorkerError } from "../errors.ts";
import type { HubAnswer, HubConnection } from "./connection.ts";
import { Interruption } from "./interruption.ts";
import { refusal } from "./refusal.ts";
import { isCommit, isSafeFileName } from "./repository-name.ts";

/** What a revision of a repository is: one commit, and the files of it. */
export interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, ListedFile>;
}

export interface ListedFile {
  readonly size: number | undefined;
  /** Of files in large-file storage, where the hub says it. */
  readonly sha256: string | undefined;
}

/** A listing of some ten thousand files. */
const LISTING_LIMIT_BYTES = 16 * 1024 * 1024;

const listingSchema = z.object({
  sha: z.string().refine(isCommit, "is no commit of 40 hex digits"),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().nonnegative().nullish(),
      lfs: z
        .object({
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .nullish(),
        })
        .nullish(),
    }),
  ),
});

/**
 * Asks what a revision means now.
 * @throws WorkerError `model_download_failed`, or an Interruption.
 */
export async function listFiles(hub: HubConnection, id: string, revision: string): Promise<Listing> {
  const answer = await hub.get(`/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`);
  if (answer.status !== 200) {
    answer.body.destroy();
    throw refusal(answer, { id, revision, endpoint: hub.endpoint });
  }
  const { sha, siblings } = parse(await readText(hub, answer), answer.source);
  const unsafe = siblings.find(({ rfilename }) => !isSafeFileName(rfilename));
  if (unsafe !== undefined) {
    throw new WorkerError(
      "model_download_failed",
      `${id} lists a file named ${JSON.stringify(unsafe.rfilename.slice(0, 200))}, which could lead out of its directory; use another model or mirror`,
    );
  }
  return {
    commit: sha,
    files: new Map(
      siblings.map(({ rfilename, size, lfs }) => [
        rfilename,
        { size: size ?? undefined, sha256: lfs?.sha256 ?? undefined },
      ]),
    ),
  };
}

function parse(text: string, source: string): z.infer<typeof listingSchema> {
  try {
    return listingSchema.parse(JSON.parse(text));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const reason = issue === undefined ? String(cause) : `${issue.path.join(".")}: ${issue.message}`;
    throw new WorkerError(
      "model_download_failed",
      `${source} does not speak the hub's protocol (${reason.slice(0, 200)}); check HF_ENDPOINT`,
      { cause },
    );
  }
}

async function readText(hub: HubConnection, { body, source }: HubAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LISTING_LIMIT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw cause instanceof Interruption ? cause : hub.interruption(cause, source);
  }
  if (size <= LISTING_LIMIT_BYTES) return Buffer.concat(chunks).toString("utf8");
  throw new WorkerError(
    "model_download_failed",
    `${source} answers more than ${LISTING_LIMIT_BYTES} bytes where a list of files is due; check HF_ENDPOINT`,
  );
}
