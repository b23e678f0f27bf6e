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
  /** Of all other files: git's SHA-1 of their bytes. */
  readonly blobId: string | undefined;
}

/** A listing of some ten thousand files. */
const LISTING_LIMIT_BYTES = 16 * 1024 * 1024;

const listingSchema = z.object({
  sha: z.string().refine(isCommit, "is no commit of 40 hex digits"),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.int().nonnegative().nullish(),
      blobId: z
        .string()
        .regex(/^[0-9a-f]{40}$/)
        .nullish(),
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
  if (isCommit(revision) && sha !== revision) {
    throw new WorkerError(
      "model_download_failed",
      `${answer.source} lists commit ${sha} where ${revision} was asked for; check HF_ENDPOINT`,
    );
  }
  return {
    commit: sha,
    files: new Map(
      // What is wanted has a safe name; of the others a repository may have any, such as the logs of a training.
      siblings
        .filter(({ rfilename }) => isSafeFileName(rfilename))
        .map(({ rfilename, size, lfs, blobId }) => [
          rfilename,
          {
            size: size ?? undefined,
            sha256: lfs?.sha256 ?? undefined,
            // In large-file storage git has only a pointer to the bytes, and its SHA-1 is of that.
            blobId: lfs == null ? (blobId ?? undefined) : undefined,
          },
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
