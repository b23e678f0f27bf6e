import { readArguments, UsageError } from "../../../proxy/src/command/arguments.ts";
import { MOST_OUTCOMES } from "../../../proxy/src/outcomes/report.ts";

const DEFAULT_PATH = "/-/outcomes";

export const HELP = `Reports outcomes that came late: labels, clicks, purchases, ratings

Usage: npm run -s blindsplit -- outcomes send FILE.csv [options]

FILE.csv names its columns in its first line: token, outcome, and where there are any value and id. An id tells several
numbers of one token apart, and is taken where the gateway has outcomes.key.

  --url URL     the gateway's traffic listener, with outcomes.path where that is another   (http://127.0.0.1:8080)
  --key KEY     outcomes.key; better in the environment, as BLINDSPLIT_OUTCOMES_KEY
  --batch N     outcomes in one request                                                    (500)
  --resume      goes on where FILE.csv.progress says that an earlier run ended
  --help

What was counted is never counted twice: to send a file again is safe. Rows that are not taken, and why, are written to
FILE.csv.rejects.csv. Exit codes: 0 every row was taken, 1 it could not be finished, 2 usage, 3 rows were rejected.
`;

export interface SendOptions {
  readonly file: string;
  readonly url: URL;
  readonly key: string | undefined;
  readonly batch: number;
  readonly resume: boolean;
}

/** Undefined asks for the help. @throws UsageError */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SendOptions | undefined {
  const { values, positionals } = readArguments({
    args: [...argv],
    allowPositionals: true,
    options: {
      url: { type: "string", default: "http://127.0.0.1:8080" },
      key: { type: "string" },
      batch: { type: "string", default: "500" },
      resume: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new UsageError(`name one CSV file, and not ${positionals.length}`);
  const batch = Number(values.batch);
  if (!Number.isInteger(batch) || batch < 1 || batch > MOST_OUTCOMES)
    throw new UsageError(
      `--batch has to be a whole number from 1 to ${MOST_OUTCOMES}, and is ${values.batch}`,
    );
  const { resume } = values;
  return { file, url: endpointOf(values.url), key: values.key ?? env.BLINDSPLIT_OUTCOMES_KEY, batch, resume };
}

function endpointOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.hash !== "")
    throw new UsageError(`--url has to be such as http://127.0.0.1:8080, and is ${JSON.stringify(text)}`);
  if (url.pathname === "/") url.pathname = DEFAULT_PATH;
  return url;
}
