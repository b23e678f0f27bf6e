import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const VENV = join(import.meta.dirname, "../../.blindsplit/kubernetes-venv");
/** Carries the schemas of Kubernetes 1.25 to 1.37 in the package; asks no network when it validates. */
const PACKAGE = "kubernetes-validate==1.37.0";
const OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024;

/** Makes the Python environment of kubernetes-validate, once; the message of what fails says what is missing. */
export function prepareSchemas(): void {
  const python = join(VENV, "bin/python");
  if (!existsSync(python)) {
    mkdirSync(VENV, { recursive: true });
    orThrow("python3", ["-m", "venv", VENV]);
  }
  orThrow(python, ["-m", "pip", "install", "--quiet", PACKAGE]);
}

export interface Verdict {
  /** `deployment/proxy`, in the order of the file. */
  readonly passed: readonly string[];
  /** Whatever else was said: fields that are wrong or unknown, kinds without a schema. */
  readonly complaints: readonly string[];
}

/** Holds every object of the YAML against the schemas of that version of Kubernetes; unknown fields are refused. */
export function validate(yaml: string, kubernetesVersion: string): Verdict {
  const { stdout, stderr } = spawnSync(
    join(VENV, "bin/kubernetes-validate"),
    ["--strict", "--kubernetes-version", kubernetesVersion, "-"],
    { input: yaml, encoding: "utf8", maxBuffer: OUTPUT_LIMIT_BYTES },
  );
  const said = `${stdout}\n${stderr}`.split("\n").filter((line) => line !== "");
  const passed = said.map((line) => / passed for resource (\S+) against version (\S+)$/.exec(line));
  return {
    passed: passed.flatMap((match) => (match?.[2] === kubernetesVersion ? [match[1] ?? ""] : [])),
    complaints: said.filter((_, index) => passed[index]?.[2] !== kubernetesVersion),
  };
}

function orThrow(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? stderr}`, { cause: error });
}
