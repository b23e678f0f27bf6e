import type { LogLine } from "./log-line.ts";
import type { Plan, ProcessPlan } from "./plan.ts";

/** Text for the terminal, and nothing else: every function returns lines. */

const COLUMN = 18;
const PROBLEMS_SHOWN = 5;
const row = (name: string, what: string) => `  ${name.padEnd(COLUMN)} ${what}`;

export function startingScreen(plan: Plan): string {
  const { workers, proxy, judge, unreadVariables, configFile } = plan;
  const ignored = unreadVariables.map(
    (name) =>
      `blindsplit: ${name} is set but not used here: ${configFile} and the workers' files do not name it`,
  );
  if (plan.overridesFile)
    ignored.push(
      `blindsplit: the addresses in ${configFile} are not used here: --host, --port, --admin-host, --admin-port`,
    );
  if (plan.secretFile !== undefined)
    ignored.push(
      `blindsplit: outcome tokens are encrypted with a random secret, kept in ${plan.secretFile}; set BLINDSPLIT_OUTCOME_SECRET where several gateways share it`,
    );
  const names = [...workers, proxy, judge].map(({ title }) => title).join(", ");
  return [...ignored, `blindsplit: starting ${names} …`].join("\n");
}

export const readyLine = ({ title }: ProcessPlan, tookMs: number) =>
  row(title, `ready after ${(tookMs / 1_000).toFixed(1)} s`);

export const stillStartingLine = ({ title }: ProcessPlan, lastSaid: string) =>
  row(title, `still starting${lastSaid ? `: ${lastSaid}` : " (loading its model)"} …`);

export function readyScreen(
  plan: Plan,
  logDir: string,
  pidOf: (name: string) => number | undefined,
  notes: readonly string[],
): string {
  const { workers, proxy, judge, adminUrl, configFile } = plan;
  const body = `'{"text": "what a lovely day"}'`;
  return [
    "",
    "blindsplit is running.",
    "",
    row(proxy.title, `${proxy.url}   pid ${pidOf(proxy.name)}   every request goes here`),
    row("admin", adminUrl),
    row(judge.title, `${judge.url}   pid ${pidOf(judge.name)}`),
    ...workers.map(({ name, title, url }) => row(title, `${url}   pid ${pidOf(name)}`)),
    "",
    row(
      "try it",
      `curl -s ${proxy.url}/predict -H 'x-user-id: alice' -H 'content-type: application/json' \\`,
    ),
    row("", `  -d ${body}`),
    row("live page", `${adminUrl}/`),
    row("verdict", reportCommand(plan)),
    row("who answered", `curl -s '${adminUrl}/explain?id=alice'`),
    row("metrics", `${adminUrl}/metrics`),
    ...workers.map(({ url }) => row("", `${url}/metrics`)),
    row("weights", `edit ${configFile}: a saved change is taken over by itself`),
    row("logs", logDir),
    row("stop", "Ctrl-C"),
    "",
    ...notes.flatMap((note, index) => (index === notes.length - 1 ? [note, ""] : [note])),
  ].join("\n");
}

/** The report finds a judge by itself where the reference configuration says that it listens. */
function reportCommand({ configFile, judge }: Plan): string {
  const options = [
    ...(configFile === "config/experiment.yaml" ? [] : ["--config", configFile]),
    ...(judge.url === "http://127.0.0.1:8082" ? [] : ["--judge", judge.url]),
  ];
  return ["npm run report", ...(options.length === 0 ? [] : ["--", ...options])].join(" ");
}

/** One line, and one more for each problem it names, up to a handful; `logFile` is where the others are. */
export function logLine({ title }: ProcessPlan, line: LogLine, logFile: string): string | undefined {
  if (line.kind === "quiet" || line.text === "") return undefined;
  if (line.kind === "text" || line.kind === "notice") return `${title}: ${line.text}`;
  const problems = line.problems ?? [];
  const lines = [`${title} ${line.kind}: ${line.text}`];
  lines.push(...problems.slice(0, PROBLEMS_SHOWN).map((problem) => `${title}: ${problem}`));
  if (problems.length > PROBLEMS_SHOWN)
    lines.push(`${title}: and ${problems.length - PROBLEMS_SHOWN} more in ${logFile}`);
  return lines.join("\n");
}

export const diedLine = ({ title }: ProcessPlan, how: string, pauseMs: number) =>
  `blindsplit: ${title} ended (${how}); it is started again in ${pauseMs / 1_000} s`;

export const restartedLine = ({ title }: ProcessPlan, pid: number | undefined) =>
  `blindsplit: ${title} is back (pid ${pid})`;

export const killedLine = ({ title }: ProcessPlan) =>
  `blindsplit: ${title} did not stop by itself and was killed`;
