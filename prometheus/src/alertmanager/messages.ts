/*
 * What people read, as templates of Alertmanager. They stand in the configuration itself, so that it is one file.
 * Annotations end after so many characters, and a message after so many alerts: Telegram refuses more than 4096, and a
 * message that is cut within a tag.
 */
const MOST_ALERTS = 4;
const MOST_CHARACTERS = { summary: 200, description: 450, runbook_url: 200 } as const;

type Annotation = keyof typeof MOST_CHARACTERS;

/** How text is put into a message of one kind. */
interface Markup {
  /** Template functions that the text goes through, `""` where Alertmanager escapes by itself. */
  readonly escaping: string;
  bold(text: string): string;
  readonly lineBreak: string;
}

const PLAIN: Markup = { escaping: "", bold: (text) => text, lineBreak: "\n" };
/** Alertmanager renders these with html/template. Telegram has no <br>. */
const TELEGRAM: Markup = { escaping: "", bold: (text) => `<b>${text}</b>`, lineBreak: "\n" };
const HTML: Markup = { ...TELEGRAM, lineBreak: "<br>\n" };
/** Three characters, and these alone. @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
const SLACK: Markup = {
  escaping: ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"',
  bold: (text) => `*${text}*`,
  lineBreak: "\n",
};

/** "ModelLatencyRegression", or "3 alerts" where a message is about several kinds. */
function name({ escaping }: Markup): string {
  return `{{ with .CommonLabels.alertname }}{{ .${escaping} }}{{ else }}{{ len .Alerts }} alerts{{ end }}`;
}

const status = "{{ .Status | toUpper }}";
const count =
  '{{ if eq .Status "firing" }}{{ with len .Alerts.Firing }}{{ if gt . 1 }} ({{ . }}){{ end }}{{ end }}{{ end }}';

function alerts({ escaping, bold, lineBreak }: Markup): string {
  const annotation = (key: Annotation) =>
    `{{ printf "%.${MOST_CHARACTERS[key]}s" $alert.Annotations.${key}${escaping} }}`;
  const line = (key: Annotation, before = "") =>
    `{{ if $alert.Annotations.${key} }}${lineBreak}${before}${annotation(key)}{{ end }}`;
  const summary = `{{ if $alert.Annotations.summary }}${annotation("summary")}{{ else }}{{ $alert.Labels.alertname${escaping} }}{{ end }}`;
  // The numbers in a description are of when it last fired.
  const details = `{{ if eq $alert.Status "firing" }}${line("description")}${line("runbook_url", "Runbook: ")}{{ end }}`;
  const one = `{{ if $index }}${lineBreak}{{ end }}${bold("{{ $alert.Status }}")}: ${summary}${details}`;
  const more = `{{ if gt (len .Alerts) ${MOST_ALERTS} }}${lineBreak}… {{ len .Alerts }} alerts in all{{ end }}`;
  return `{{ range $index, $alert := .Alerts }}{{ if lt $index ${MOST_ALERTS} }}${one}{{ end }}{{ end }}${more}`;
}

export const telegramMessage = `${TELEGRAM.bold(`${status}${count} ${name(TELEGRAM)}`)}\n${alerts(TELEGRAM)}`;

export const slackMessage = {
  title: `${status}${count} ${name(SLACK)}`,
  text: alerts(SLACK),
  fallback: `${status} ${name(SLACK)}`,
  color: '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}',
} as const;

export const mailMessage = {
  subject: `${status}${count} ${name(PLAIN)}`,
  text: alerts(PLAIN),
  html: `<p>${HTML.bold(`${status}${count} ${name(HTML)}`)}</p>\n<p>${alerts(HTML)}</p>`,
} as const;
