import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { RULES } from "./rule-test.ts";

/** The pages of the alerts, by name; `README.md` there says how to run their commands. */
export async function readRunbooks(): Promise<ReadonlyMap<string, string>> {
  const folder = join(RULES, "runbooks");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".md") && file !== "README.md").sort();
  const pages = new Map<string, string>();
  for (const file of files) pages.set(file.replace(/\.md$/, ""), await readFile(join(folder, file), "utf8"));
  return pages;
}

/** The PromQL that a page asks Prometheus. */
export function expressionsOf(page: string): readonly string[] {
  return [...page.matchAll(/^promtool query instant \S+ '(.*)'$/gm)].map(([, expression = ""]) => expression);
}
