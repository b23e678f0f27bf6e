/*
 * Writes deploy/kubernetes/monitoring: `node deploy/kubernetes/src/main.ts [--runbooks URL]`. A part of `npm run generate`.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { monitoringFiles } from "./files.ts";

const FOLDER = join(import.meta.dirname, "../monitoring");

try {
  const { values } = parseArgs({ options: { runbooks: { type: "string" } } });
  for (const { path, text } of monitoringFiles(
    values.runbooks === undefined ? {} : { runbooks: values.runbooks },
  )) {
    await writeFile(join(FOLDER, path), text);
    console.log(join(FOLDER, path));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
