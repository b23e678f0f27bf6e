import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { dashboardFiles, write } from "./files.ts";

const { values } = parseArgs({ options: { out: { type: "string" } } });
const folder = values.out ?? join(import.meta.dirname, "..");

for (const { path, dashboard } of dashboardFiles()) {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, write(dashboard));
}
