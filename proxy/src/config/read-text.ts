import { isUtf8 } from "node:buffer";
import { LIMIT_BYTES } from "./document.ts";
import { ConfigError } from "./problem.ts";
import { readRegularFile } from "./read-file.ts";

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
  const read = await readRegularFile(file, LIMIT_BYTES, REMEDIES);
  if ("flaw" in read) throw fail(read.flaw, { cause: read.cause });
  const { bytes } = read;
  if (bytes.length === 0) throw fail("is empty: give it at least experiment.name and variants");
  if (!isUtf8(bytes)) throw fail("is not UTF-8 text: is this the right file? If it is, save it as UTF-8");
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const nul = text.indexOf("\0");
  if (nul !== -1)
    throw fail(`has a NUL byte after ${nul} characters, so that it is no text: is this the right file?`);
  return text;
}
