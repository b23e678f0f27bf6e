import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { before, test } from "node:test";
import { promisify } from "node:util";
import { assertDocker, docker } from "./docker.ts";

before(assertDocker);

const newName = () => `blindsplit-test-${randomBytes(4).toString("hex")}`;

test("what a run left that was ended can be removed, and nothing else is", async (t) => {
  const [left, kept] = [newName(), newName()];
  const removeLeftovers = async (project: string) => {
    const script = join(import.meta.dirname, "remove-leftovers.sh");
    return (await promisify(execFile)("bash", [script, project])).stdout;
  };
  t.after(() => removeLeftovers(kept));
  t.after(() => removeLeftovers(left));
  for (const name of [left, kept]) {
    const image = `blindsplit/proxy:${name}`;
    await docker(["tag", "node:26-slim", image]);
    await docker(["network", "create", "--internal", `${name}_models`]);
    await docker(["volume", "create", `${name}_prometheus`]);
    const labels = ["--label", `com.docker.compose.project=${name}`];
    await docker([
      "run",
      "--detach",
      ...labels,
      "--network",
      `${name}_models`,
      image,
      "-e",
      "setInterval(() => {}, 1e6)",
    ]);
    // As tests make them that start no stack.
    await docker(["create", "--network", "none", image]);
  }
  assert.match(await removeLeftovers(left), /2 containers\n.*1 networks\n.*1 volumes\n.*1 images/);
  assert.match(await removeLeftovers(left), /0 containers\n.*0 networks\n.*0 volumes\n.*0 images/);
  assert.match(await removeLeftovers(kept), /2 containers\n.*1 networks\n.*1 volumes\n.*1 images/);
  await docker(["image", "inspect", "node:26-slim"]);
});
