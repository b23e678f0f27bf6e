import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { WorkerError } from "../errors.ts";
import { readCommand, type WorkerOptions } from "../options.ts";

export interface OptionsReader {
  /** The working directory. */
  readonly directory: string;
  read(argv: string[], environment?: Record<string, string>): WorkerOptions;
  /** The lines of the error; fails when there is none. */
  problems(argv: string[], environment?: Record<string, string>): string[];
  /** Writes a configuration. @returns its name in the working directory. */
  file(text: string): string;
}

/** Flags that are enough to start a worker. */
export const MINIMAL = ["--name", "a", "--model", "models/a"];

/** Reads options in a directory of its own, which is removed after the tests of the file. */
export function optionsReader(): OptionsReader {
  const directory = mkdtempSync(join(tmpdir(), "blindsplit-options-"));
  after(() => rmSync(directory, { recursive: true }));
  const read = (argv: string[], environment: Record<string, string> = {}): WorkerOptions => {
    const command = readCommand(argv, { environment, workingDirectory: directory });
    assert.equal(command.kind, "serve");
    return command.options;
  };
  return {
    directory,
    read,
    problems(argv, environment) {
      try {
        read(argv, environment);
      } catch (error) {
        assert.ok(error instanceof WorkerError && error.code === "option_invalid");
        return error.message.split("\n");
      }
      return assert.fail("no problem was reported");
    },
    file(text) {
      writeFileSync(join(directory, "w.yaml"), text);
      return "w.yaml";
    },
  };
}
