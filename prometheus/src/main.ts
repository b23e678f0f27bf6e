import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeCommittedConfiguration } from "./alertmanager/render.ts";
import { parseOptions, USAGE } from "./options.ts";
import { writeRuleFiles } from "./write.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(USAGE);
  else {
    const { out = join(import.meta.dirname, ".."), ...rules } = options;
    for (const path of await writeRuleFiles(out, rules)) console.log(join(out, path));
    // With --out the rules are another stack's, which renders its own with its secrets.
    if (options.out === undefined)
      await writeFile(join(out, "alertmanager.yml"), writeCommittedConfiguration());
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
