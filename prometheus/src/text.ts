import { Document } from "yaml";
import type { RuleFile } from "./files.ts";

/** A rule file as Prometheus reads it, with its subject at the head. */
export function ruleText({ about, groups }: RuleFile): string {
  const lines = [...about, "", "Written by `npm run generate` from prometheus/src; changes belong there."];
  const head = lines.map((line) => `# ${line}`.trimEnd()).join("\n");
  const document = new Document({ groups }, { aliasDuplicateObjects: false });
  return `${head}\n\n${document.toString({ lineWidth: 0, blockQuote: "literal" })}`;
}
