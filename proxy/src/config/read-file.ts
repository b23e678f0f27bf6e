import { readFile, stat } from "node:fs/promises";

const READ_DEADLINE_MS = 5_000;

/**
 * The bytes of a file that can be read again at a reload, or what is wrong with it.
 *
 * @param remedies what to say for an error of the file system, by its code
 */
export async function readRegularFile(
  file: string,
  limitBytes: number,
  remedies: Readonly<Record<string, string>>,
): Promise<{ bytes: Buffer } | { flaw: string; cause?: unknown }> {
  try {
    const status = await stat(file);
    if (status.isDirectory()) return { flaw: remedies.EISDIR ?? "is a directory: name a file" };
    // A pipe cannot be read a second time, and a reload does just that.
    if (!status.isFile())
      return { flaw: "is no regular file: name a file that can be read again at a reload" };
    if (status.size > limitBytes)
      return { flaw: `has ${status.size} bytes: the limit is ${limitBytes}, is this the right file?` };
    return { bytes: await readFile(file, { signal: AbortSignal.timeout(READ_DEADLINE_MS) }) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { flaw: remedies[code ?? ""] ?? `cannot be read: ${message}`, cause };
  }
}
