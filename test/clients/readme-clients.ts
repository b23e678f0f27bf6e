import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const README = join(import.meta.dirname, "../../README.md");
const HEADING = "## Call a worker\n";
/** Where the README's worker is. */
const ADDRESS = "http://127.0.0.1:8101";
/** Only bounds how long a broken run can hang. */
const RUN_LIMIT_MS = 60_000;

export type Language = "sh" | "python" | "js";

/** What runs a program of each language that stands on the command line. */
const INTERPRETERS = {
  sh: { command: "bash", flags: ["-euo", "pipefail", "-c"], remedy: "install bash and curl" },
  python: { command: "python3", flags: ["-c"], remedy: "install Python 3" },
  js: { command: process.execPath, flags: ["--input-type=module", "-e"], remedy: "run it with Node" },
} as const satisfies Record<Language, object>;

/** The client of README.md in that language, as it stands there, but for the address. */
export async function readClient(language: Language, url: string): Promise<string> {
  const [, section = assert.fail(`README.md has no "${HEADING.trim()}"`)] = (
    await readFile(README, "utf8")
  ).split(HEADING);
  const [own = ""] = section.split("\n## ");
  const [, code = assert.fail(`README.md has no client in ${language}`)] =
    new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(own) ?? [];
  assert.ok(code.includes(ADDRESS), `the client in ${language} does not call ${ADDRESS}`);
  return code.replaceAll(ADDRESS, url);
}

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program. @throws AssertionError that names what is missing on this machine. */
export async function runClient(language: Language, code: string): Promise<Outcome> {
  const { command, flags, remedy } = INTERPRETERS[language];
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  execFile(command, [...flags, code], { timeout: RUN_LIMIT_MS }, (error, stdout, stderr) => {
    if (error?.code === "ENOENT") {
      reject(new assert.AssertionError({ message: `the clients suite cannot run ${command}: ${remedy}` }));
    } else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}
