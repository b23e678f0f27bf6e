export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a file's text; throws as `readFileSync` does. */
export type ReadText = (file: string) => string;

/** A value that was given, and where: `BLINDSPLIT_SMTP_PASSWORD`, or that with `_FILE`. */
export interface Given {
  readonly text: string;
  readonly source: string;
}

/** Variables of the environment, each of which may be a file's content instead, as Docker and Kubernetes hand secrets over. */
export interface Variables {
  /** Empty is not given, as Compose leaves what `.env` does not name. */
  find(name: string): Given | undefined;
  /** What `find` met that cannot be. */
  readonly problems: readonly string[];
}

function reason(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

export function createVariables(environment: Environment, readText: ReadText): Variables {
  const problems: string[] = [];

  function readFrom(file: string, source: string): Given | undefined {
    try {
      // Editors and `echo` end a file with a line break that belongs to no secret.
      const text = readText(file).replace(/[\r\n]+$/, "");
      return text === "" ? undefined : { text, source };
    } catch (error) {
      problems.push(`${source} is ${file}, which cannot be read (${reason(error)}): give a readable file`);
      return undefined;
    }
  }

  return {
    problems,
    find(name) {
      const source = `${name}_FILE`;
      const [text, file] = [environment[name] || undefined, environment[source] || undefined];
      if (text !== undefined && file !== undefined)
        problems.push(`${name} and ${source} are both set: give one of them`);
      if (text !== undefined) return { text, source: name };
      return file === undefined ? undefined : readFrom(file, source);
    },
  };
}
