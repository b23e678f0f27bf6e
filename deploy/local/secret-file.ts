import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SupervisorError } from "./errors.ts";

const BYTES = 32;
const FOR_ITS_OWNER = 0o600;

/**
 * The secret in `file`; a random one is made and kept where there is none, so that what it encrypted is read after a
 * restart too.
 */
export function readOrMakeSecret(file: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Two starts at once: the one that comes second reads what the first has made.
    writeFileSync(file, randomBytes(BYTES).toString("base64url"), { flag: "wx", mode: FOR_ITS_OWNER });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw refuse(file, "cannot be written", error);
  }
  try {
    const secret = readFileSync(file, "utf8").trim();
    if (secret.length >= 16) return secret;
    throw refuse(file, `holds ${secret.length} characters, and a secret has 16 at least`, undefined);
  } catch (error) {
    throw error instanceof SupervisorError ? error : refuse(file, "cannot be read", error);
  }
}

function refuse(file: string, problem: string, cause: unknown): SupervisorError {
  const code = cause === undefined ? "" : ` (${codeOf(cause)})`;
  const message = `${file} ${problem}${code}: remove it, or set BLINDSPLIT_OUTCOME_SECRET`;
  return new SupervisorError("bad_file", message, { cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : error;
}
