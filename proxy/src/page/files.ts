import { Worker } from "node:worker_threads";

/** A file of the page as it is sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** With its quotes. */
  readonly etag: string;
}

/** By path: `/` and `/page/…`. Nothing else is ever sent, whatever the file system holds. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Reading and stripping types takes a thread well below a second. */
const DEADLINE_MS = 20_000;

/**
 * Reads the page's files, in a thread of its own that then ends: stripping types takes milliseconds for each file, in
 * which no request would be served. Rejects where a file is missing or is no TypeScript.
 */
export async function readPageFiles(): Promise<PageFiles> {
  const thread = new Worker(new URL("./files-thread.ts", import.meta.url), {
    // Node says of stripTypeScriptTypes that it may change, on standard error; the tests would notice.
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<PageFiles>();
  thread.once("message", resolve);
  thread.once("error", reject);
  thread.once("exit", (code) =>
    reject(new Error(`the thread that reads the page's files ended with ${code}`)),
  );
  const deadline = setTimeout(
    () => reject(new Error(`the page's files were not read within ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    await thread.terminate();
  }
}
