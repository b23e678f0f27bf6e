/**
 * `main.ts VARIABLE PATH`, the HEALTHCHECK of both images: a GET of PATH at the listener of this container whose port the
 * environment's VARIABLE says. Ends with 0 after a 2xx, else with 1 and one line. `node:http`, because loading `fetch` would
 * double the price of a check that runs every few seconds.
 */
import { get } from "node:http";

const DEADLINE_MS = 4_000;

const [variable = "", path = "/"] = process.argv.slice(2);
const url = `http://127.0.0.1:${process.env[variable]}${path}`;

function fail(reason: string): never {
  process.stdout.write(`${url}: ${reason}\n`);
  process.exit(1);
}

const request = get(url, { agent: false, signal: AbortSignal.timeout(DEADLINE_MS) }, (answer) => {
  answer.resume();
  const status = answer.statusCode ?? 0;
  if (status < 200 || status > 299) fail(`status ${status}`);
});
request.on("error", (error) => fail(error.message));
