/*
 * The nightly report as people read it: what it says stands in its annotations, the verdict in `summary` and the rest,
 * line by line, in `description`. Slack takes 3,000 characters of a text.
 */
const MOST_CHARACTERS = { summary: 300, description: 2_400 } as const;

type Annotation = keyof typeof MOST_CHARACTERS;

const annotation = (key: Annotation, escaping = "") =>
  `{{ printf "%.${MOST_CHARACTERS[key]}s" .CommonAnnotations.${key}${escaping} }}`;

/** Three characters, and these alone. @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
const FOR_SLACK = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"';

const title = (escaping = "") =>
  `{{ with .CommonLabels.experiment }}{{ .${escaping} }}: {{ end }}${annotation("summary", escaping)}`;

export const reportSlack = {
  title: title(FOR_SLACK),
  text: annotation("description", FOR_SLACK),
  fallback: title(FOR_SLACK),
  color: "#5b6573",
} as const;

export const reportMail = {
  headers: { Subject: title() },
  text: `${annotation("summary")}\n\n${annotation("description")}\n`,
  // Alertmanager escapes by itself here.
  html: `<p><b>${annotation("summary")}</b></p>\n<pre>${annotation("description")}</pre>`,
} as const;
