import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type RuleOptions, ruleFiles } from "./files.ts";
import { ruleText } from "./text.ts";

/** Writes every rule file below a folder and returns their paths there. */
export async function writeRuleFiles(folder: string, options: RuleOptions): Promise<readonly string[]> {
  const files = ruleFiles(options);
  for (const file of files) {
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, ruleText(file));
  }
  return files.map(({ path }) => path);
}
