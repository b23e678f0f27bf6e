import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";

const HERE = import.meta.dirname;
export const ROOT = join(HERE, "../..");
/** What the images are built on and stand beside. Grafana's image is left out: it is a profile that nothing here starts. */
const BASE_IMAGES = ["node:26-slim", "prom/prometheus:v2.53.3", "prom/alertmanager:v0.28.1"];

/** Only bounds how long a broken run can hang; a build downloads packages. */
const COMMAND_LIMIT_MS = 8 * 60_000;
const LAST_LINES = 30;
const OUTPUT_LIMIT_BYTES = 256 * 1024 * 1024;

/** A daemon that answers, `docker compose`, and the base images, for whose lack no registry is to blame. */
export function assertDocker(): void {
  const { status, stderr, error } = spawnSync("bash", [join(HERE, "standin-images.sh"), ...BASE_IMAGES], {
    stdio: ["ignore", "inherit", "pipe"],
    encoding: "utf8",
    timeout: COMMAND_LIMIT_MS,
  });
  if (stderr) console.log(stderr.trimEnd());
  const reason = error?.message ?? stderr.trim().split("\n").at(-1);
  assert.equal(status, 0, `the container suite cannot run: ${reason}`);
}

/** Its standard output; rejects with what it said last when it fails. */
export async function docker(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      maxBuffer: OUTPUT_LIMIT_BYTES,
      timeout: COMMAND_LIMIT_MS,
    };
    execFile("docker", [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.trimEnd());
      const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-LAST_LINES).join("\n");
      reject(new Error(`docker ${args.join(" ")} failed (${error.signal ?? error.code}):\n${said}`));
    });
  });
}
