import { readFileSync } from "node:fs";
import { OptionError, type Request, readOptions } from "./options.ts";
import { writePrivately } from "./private-file.ts";
import { readSettings } from "./read-settings.ts";
import { buildConfiguration, writeConfiguration } from "./render.ts";
import { SettingsError } from "./settings.ts";

const FAILED = 1;
const BAD_OPTIONS = 2;

const complain = (text: string) => {
  for (const line of text.split("\n")) process.stderr.write(`blindsplit: ${line}\n`);
};

function write({ file, timeScale }: Extract<Request, { write: unknown }>["write"]): void {
  const { settings, warnings } = readSettings(process.env, (name) => readFileSync(name, "utf8"));
  const text = writeConfiguration(buildConfiguration({ settings, timeScale }));
  if (file === undefined) process.stdout.write(text);
  else writePrivately(file, text);
  for (const warning of warnings) complain(warning);
}

try {
  const request = readOptions(process.argv.slice(2));
  if ("print" in request) process.stdout.write(request.print);
  else write(request.write);
} catch (error) {
  const isExpected = error instanceof OptionError || error instanceof SettingsError || isSystemError(error);
  complain(
    isExpected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  process.exitCode = error instanceof OptionError ? BAD_OPTIONS : FAILED;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
