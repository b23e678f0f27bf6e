import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../../../worker/evaluation/command-error.ts";
import { output } from "../support/program.ts";

export const PEERS = ["npm", "python"] as const;
export type Peer = (typeof PEERS)[number];

/** What the other contestants need, outside the lock file: nothing of it is part of the product. */
export interface Peers {
  /** Holds node_modules with transformers.js. */
  readonly npm: string;
  /** The interpreter of a virtual environment. */
  readonly python: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** One version of onnxruntime for all who use it. */
const PACKAGE = {
  private: true,
  dependencies: { "@huggingface/transformers": "4.3.1" },
  overrides: { "onnxruntime-node": "1.30.0" },
};
const REQUIREMENTS = join(import.meta.dirname, "standin/requirements.txt");
/** Written last: an installation that broke off has none. */
const STAMP = "installed.txt";

/** Installs into `cache` what is named and not there yet. */
export async function fetchPeers(
  cache: string,
  names: ReadonlySet<Peer>,
  say: (line: string) => void,
): Promise<Peers> {
  const npm = join(cache, "npm");
  const venv = join(cache, "venv");
  const python = join(venv, "bin/python");
  const requirements = readFileSync(REQUIREMENTS, "utf8");
  const wanted = JSON.stringify(PACKAGE);
  const versions: Record<string, string> = {};
  if (names.has("npm")) {
    await installOnce("transformers.js", npm, wanted, say, async () => {
      await writeFile(join(npm, "package.json"), wanted);
      // The install script of onnxruntime-node would fetch CUDA's libraries.
      const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
      await output(["npm", "install", "--prefix", npm, ...flags]);
    });
    versions["transformers.js"] = PACKAGE.dependencies["@huggingface/transformers"];
  }
  if (names.has("python")) {
    await installOnce("the Python servers", venv, requirements, say, async () => {
      await output(["python3", "-m", "venv", "--clear", venv]);
      await output([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS]);
    });
    const said = (await output([python, "--version"])).trim().split(" ");
    versions.Python = said[1] ?? "";
    for (const line of requirements.split("\n")) {
      const [name, version] = line.split("==");
      if (name !== undefined && version !== undefined) versions[name] = version;
    }
  }
  return { npm, python, versions };
}

async function installOnce(
  what: string,
  folder: string,
  wanted: string,
  say: (line: string) => void,
  install: () => Promise<void>,
): Promise<void> {
  const stamp = join(folder, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say(`installing ${what} into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    await install();
  } catch (cause) {
    throw new CommandError(
      "missing_peer",
      `${what} cannot be installed: ${String(cause)}; mend that, or leave contestants out with --without NAME`,
      { cause },
    );
  }
  await writeFile(stamp, wanted);
}
