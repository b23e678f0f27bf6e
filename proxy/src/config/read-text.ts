import { isUtf8 } from "node:buffer";
import { readFile, stat } from "node:fs/promises";
import { LIMIT_BYTES } from "./document.ts";
import { ConfigError } from "./problem.ts";

const READ_DEADLINE_MS = 5_000;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "does not exist: check the path given by --config or BLINDSPLIT_CONFIG",
  EACCES: "cannot be read: give this user the right to read it",
  EISDIR: "is a directory: name the file in it, such as experiment.yaml",
  ENOTDIR: "does not exist: a part of its path is no directory",
  ELOOP: "is a symbolic link to itself: mend the link",
};

/** The text of a configuration file, or a `ConfigError` that says why there is none. */
export async function readText(file: string): Promise<string> {
  const fail = (message: string, options?: ErrorOptions) =>
    new ConfigError(file, [{ path: "", line: undefined, column: undefined, message }], options);
  let bytes: Buffer;
  try {
    const status = await stat(file);
    if (status.isDirectory()) throw fail(REMEDIES.EISDIR ?? "is a directory");
    // A pipe cannot be read a second time, and a reload does just that.
    if (!status.isFile()) throw fail("is no regular file: name a file that can be read again at a reload");
    if (status.size > LIMIT_BYTES)
      throw fail(`has ${status.size} bytes: the limit is ${LIMIT_BYTES}, is this the right file?`);
    bytes = await readFile(file, { signal: AbortSignal.timeout(READ_DEADLINE_MS) });
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw fail(REMEDIES[code ?? ""] ?? `cannot be read: ${message}`, { cause: error });
  }
  if (bytes.length === 0) throw fail("is empty: give it at least experiment.name and variants");
  if (!isUtf8(bytes)) throw fail("is not UTF-8 text: is this the right file? If it is, save it as UTF-8");
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const nul = text.indexOf("\0");
  if (nul !== -1)
    throw fail(`has a NUL byte after ${nul} characters, so that it is no text: is this the right file?`);
  return text;
}
