import type { MaskedVerdict } from "../verdict/masked-verdict.ts";
import type { Verdict } from "../verdict/verdict.ts";
import type { Document } from "./document/document.ts";
import { maskedDocument } from "./document/masked.ts";
import { openDocument } from "./document/open.ts";
import { renderHtml } from "./html/page.ts";
import type { Format } from "./options.ts";
import { renderJson } from "./text/json.ts";
import { renderMarkdown } from "./text/markdown.ts";
import { type Look, renderTerminal } from "./text/terminal.ts";

export function documentOf(verdict: Verdict | MaskedVerdict): Document {
  return "masked" in verdict ? maskedDocument(verdict) : openDocument(verdict);
}

/** The report in one of its formats. */
export function render(verdict: Verdict | MaskedVerdict, format: Format, look: Look): string {
  const document = documentOf(verdict);
  switch (format) {
    case "terminal":
      return renderTerminal(document, look);
    case "markdown":
      return renderMarkdown(document);
    case "html":
      return renderHtml(document);
    case "json":
      return renderJson(document.line, verdict);
  }
}
