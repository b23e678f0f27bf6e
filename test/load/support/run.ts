import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readFlags, wholeNumber } from "../../../worker/evaluation/arguments.ts";
import { reportFailure } from "../../../worker/evaluation/command-error.ts";
import { Children } from "./children.ts";
import { type Finding, tableOf } from "./findings.ts";

/** What a load script gets to work with. */
export interface Run {
  readonly children: Children;
  /** Empty, removed at the end. */
  readonly folder: string;
  readonly node: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The value of a flag, or its default. */
  count(flag: string): number;
  /** The same for a flag that is text. */
  text(flag: string): string;
  /** Progress. */
  say(line: string): void;
}

/** Flags of a script: their defaults. What has a number is a whole number from 1. */
export type Defaults = Readonly<Record<string, number | string>>;

const MOST = 100_000_000;

/**
 * Runs a script, prints what it found and sets the exit code: 1 if a promise is broken. Nothing that it started outlives
 * it, and neither does it outlive `limitMinutes`.
 */
export async function runLoad(
  host: NodeJS.Process,
  name: string,
  { defaults, limitMinutes }: { readonly defaults: Defaults; readonly limitMinutes: number },
  measure: (run: Run) => Promise<readonly Finding[]>,
): Promise<void> {
  const children = new Children();
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-load-"));
  host.once("exit", () => children.kill());
  for (const signal of ["SIGINT", "SIGTERM"] as const) host.once(signal, () => host.exit(1));
  const limit = setTimeout(() => {
    host.stderr.write(`${name}: not done after ${limitMinutes} minutes; give it fewer requests\n`);
    host.exit(1);
  }, limitMinutes * 60_000);
  try {
    const flags = Object.keys(defaults).map((flag) => [flag, { type: "string" as const }] as const);
    const given: Readonly<Record<string, string | boolean | undefined>> = readFlags(host.argv.slice(2), {
      ...Object.fromEntries(flags),
      help: { type: "boolean" },
    });
    if (given.help === true) {
      const shown = (value: number | string) => (typeof value === "number" ? "N" : "TEXT");
      const lines = Object.entries(defaults).map(
        ([flag, value]) => `  --${flag} ${shown(value)}   (${value})\n`,
      );
      host.stdout.write(`npm run ${name} -- [options]\n\n${lines.join("")}`);
      return;
    }
    const text = (flag: string) => String(given[flag] ?? defaults[flag]);
    const count = (flag: string) => wholeNumber(flag, text(flag), 1, MOST);
    const environment = { PATH: host.env.PATH };
    const say = (line: string) => void host.stderr.write(`${line}\n`);
    const findings = await measure({ children, folder, node: host.execPath, environment, count, text, say });
    host.stdout.write(tableOf(findings));
    host.exitCode = findings.every(({ promise }) => promise?.kept ?? true) ? 0 : 1;
  } catch (error) {
    host.exitCode = reportFailure(name, error, host.stderr);
  } finally {
    clearTimeout(limit);
    await children.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
