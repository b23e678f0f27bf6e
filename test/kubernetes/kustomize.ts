import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Manifest } from "./manifest.ts";

export const KUBERNETES = join(import.meta.dirname, "../../deploy/kubernetes");

/** What a user applies, relative to deploy/kubernetes; each is whole. */
export const OVERLAYS = [
  "base",
  "overlays/canary",
  "overlays/blue-green/blue",
  "overlays/blue-green/green",
  "overlays/full-size",
] as const;

export const MONITORING = "monitoring";

/** Older ones read `labels` and `patches` differently, or not at all. */
const OLDEST_MAJOR = 5;
const OUTPUT_LIMIT_BYTES = 10 * 1024 * 1024;

/** The programs that can build an overlay: how, and how they say which version of Kustomize they are. */
const PROGRAMS = [
  { build: ["kustomize", "build"], version: ["kustomize", "version"] },
  { build: ["kubectl", "kustomize"], version: ["kubectl", "version", "--client"] },
] as const;

function run([command = "", ...args]: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: OUTPUT_LIMIT_BYTES });
}

function usable(): (typeof PROGRAMS)[number] | undefined {
  return PROGRAMS.find(({ version }) => {
    const { status, stdout } = run(version);
    // Debian's own build of 5.6 calls itself "(devel)".
    const found = /^(?:Kustomize Version: )?(?:v?(\d+)\.\d+\.\d+\S*|\(devel\))$/m.exec(stdout ?? "");
    return status === 0 && found !== null && Number(found[1] ?? OLDEST_MAJOR) >= OLDEST_MAJOR;
  });
}

export function assertInstalled(): void {
  assert.ok(
    usable() !== undefined,
    `the Kubernetes suite cannot run: install Kustomize ${OLDEST_MAJOR} or newer, as kustomize or in kubectl (Debian 13: apt-get install kustomize, brew install kustomize)`,
  );
}

/** The YAML that `kubectl apply -k` would send; of a folder anywhere if its path is absolute. */
export function buildText(overlay: string): string {
  const program = usable() ?? assert.fail("no Kustomize");
  const { status, stdout, stderr } = run([...program.build, resolve(KUBERNETES, overlay)]);
  assert.equal(status, 0, `${overlay}: ${stderr}`);
  return stdout;
}

export function build(overlay: string): readonly Manifest[] {
  return parseAllDocuments(buildText(overlay)).map((document) => document.toJS() as Manifest);
}
