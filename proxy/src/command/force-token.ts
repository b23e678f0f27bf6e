import { duration } from "../config/duration.ts";
import { loadConfig } from "../config/load.ts";
import { nearest } from "../config/nearest.ts";
import { signForceToken } from "../identity/force.ts";
import { CommandError, readArguments, UsageError } from "./arguments.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `Makes a token with which a tester meets a certain variant, whatever the assignment says

Usage: blindsplit force-token --variant NAME [--ttl 1h] [--config FILE]

  --variant NAME   the variant that the token's bearer gets
  --ttl DURATION   how long it holds, from 1s to 30d (1h)
  --config FILE    the experiment, with force.secret; BLINDSPLIT_CONFIG says the same (config/experiment.yaml)
  --help

The token goes to standard output, how to use it to standard error. Requests with it are left out of the experiment's
counters. Whoever has the token can use it until it expires.
`;

const TTL = duration("1s", "30d");

/** `force-token`: the token alone on standard output. */
export async function printForceToken(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = readArguments({
    args: [...argv],
    options: {
      variant: { type: "string" },
      ttl: { type: "string", default: "1h" },
      config: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) {
    terminal.write(HELP);
    return 0;
  }
  if (values.variant === undefined) throw new UsageError("--variant is missing: name the variant to force");
  const ttlMs = readTtl(values.ttl);
  const file = values.config ?? (terminal.env.BLINDSPLIT_CONFIG || "config/experiment.yaml");
  const { config } = await loadConfig(file, {}, terminal.env);
  const [secret] = config.force?.secrets ?? [];
  if (config.force === undefined || secret === undefined) throw new CommandError(withoutSecret(file));
  const variant = findVariant(
    values.variant,
    config.variants.map(({ name }) => name),
    file,
  );
  const expiresAt = terminal.now() + ttlMs;
  const experiment = config.experiment.name;
  terminal.write(`${signForceToken({ experiment, variant, expiresAt }, secret)}\n`);
  terminal.complain(
    [
      `${variant} of ${experiment} until ${new Date(expiresAt).toISOString()}, for whoever has this token.`,
      `Send it in the header ${config.force.header}, or in a cookie of that name.`,
      "",
    ].join("\n"),
  );
  return 0;
}

function readTtl(text: string): number {
  const { data, error } = TTL.safeParse(text, { reportInput: true });
  if (data === undefined) throw new UsageError(`--ttl: ${error?.issues[0]?.message}`);
  return data;
}

function findVariant(name: string, known: readonly string[], file: string): string {
  if (known.includes(name)) return name;
  const meant = nearest(name, known);
  const remedy = meant === undefined ? `there is ${known.join(", ")}` : `did you mean ${meant}?`;
  throw new CommandError(`"${name}" is no variant of ${file}: ${remedy}`);
}

function withoutSecret(file: string): string {
  return [
    `${file} takes no force tokens: give it a secret, and let the gateway reload`,
    '  force: { secret: "${BLINDSPLIT_FORCE_SECRET}" }',
    "  BLINDSPLIT_FORCE_SECRET=$(openssl rand -base64 32)",
  ].join("\n");
}
