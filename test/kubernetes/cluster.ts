import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parse, stringify } from "yaml";
import { KUBERNETES } from "./kustomize.ts";

const ROOT = join(KUBERNETES, "../..");

/** `first` is what README.md tells to apply first, word for word; `watched` has all that it adds to that later. */
export type Stage = "first" | "watched";

export function readmeText(): string {
  return readFileSync(join(ROOT, "deploy/README.md"), "utf8");
}

/** The YAML blocks of README.md that are of this file of the user's folder. */
function blocksOf(file: string): readonly string[] {
  const blocks = [...readmeText().matchAll(/^```yaml\n# cluster\/([\w.]+).*\n([\s\S]*?)^```$/gm)];
  const found = blocks.flatMap(([, name, text = ""]) => (name === file ? [text] : []));
  assert.ok(found.length > 0, `README.md of deploy/ has no block that begins with "# cluster/${file}"`);
  return found;
}

function whole(texts: readonly string[]): Record<string, unknown> {
  return Object.assign({}, ...texts.map((text) => parse(text) as object)) as Record<string, unknown>;
}

/** The user's own folder beside a clone, as README.md describes it: its path. */
export async function writeCluster(t: TestContext, stage: Stage): Promise<string> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), "blindsplit-cluster-")));
  t.after(() => rm(parent, { recursive: true }));
  await symlink(ROOT, join(parent, "blindsplit"));
  const folder = join(parent, "cluster");
  await mkdir(folder);
  const write = (file: string, text: string) => writeFile(join(folder, file), text);

  const [first = "", ...additions] = blocksOf("kustomization.yaml");
  if (stage === "first") {
    await write("kustomization.yaml", first);
    return folder;
  }
  const { resources, ...others } = whole([first, ...additions]);
  await write(
    "kustomization.yaml",
    stringify({ ...others, resources: [...(resources as string[]), "watchers.yaml"] }),
  );
  await write("watchers.yaml", blocksOf("watchers.yaml").join("---\n"));
  const experiment = readFileSync(join(KUBERNETES, "base/proxy/experiment.yaml"), "utf8");
  await write("experiment.yaml", stringify(whole([experiment, ...blocksOf("experiment.yaml")])));
  return folder;
}
