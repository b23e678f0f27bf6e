import { createHash } from "node:crypto";
import type { Document } from "../document/document.ts";
import { renderBlock } from "./blocks.ts";
import { html } from "./markup.ts";
import { STYLE } from "./style.ts";

/**
 * The report as one file that needs no other: no script, no font, no picture from anywhere. Its own policy allows its
 * own style alone.
 */
export function renderHtml(document: Document): string {
  const { line, tone, title, isMasked, sections } = document;
  const [, answer = line, rest = ""] = /^([A-Z ]+[A-Z])\b(.*)$/s.exec(line) ?? [];
  const hash = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${line} · ${title}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<main>
<header class="verdict ${tone}">
<h1><span class="answer">${answer}</span><span class="about">${rest.replace(/^: /, " ")}</span></h1>
<p class="title">${title} ${html`<span class="badge">${isMasked ? "masked" : "unblinded"}</span>`}</p>
</header>
${sections.map(
  ({ title: name, blocks }, index) => html`<section aria-labelledby="s${index}">
<h2 id="s${index}">${name}</h2>
${blocks.map(renderBlock)}
</section>
`,
)}</main>
</body>
</html>
`.markup
  }`;
}
