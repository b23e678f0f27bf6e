/*
 * Feeds mutated configurations to the proxy's reader: each is a configuration or a `ConfigError` that says what is
 * wrong without repeating a secret, and never anything else. `node test/fuzz/configurations.ts [count=100000] [seed]`;
 * the same seed gives the same texts.
 */
import { publicConfig } from "../../proxy/src/config/file-form.ts";
import { parseConfig } from "../../proxy/src/config/load.ts";
import { ConfigError } from "../../proxy/src/config/problem.ts";
import { createRandom } from "../support/random.ts";
import { CANARY, ENVIRONMENT, type MutatedText, mutate } from "./configuration-mutations.ts";

const SHOWN = 10;

const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  console.error("both arguments are whole numbers: how many configurations (at least 1), and the seed");
  process.exit(2);
}

let accepted = 0;
let rejected = 0;
let crashes = 0;
let slowestMs = 0;
const fail = (what: unknown, text?: string) => {
  crashes++;
  if (crashes <= SHOWN) console.error({ seed, what, ...(text === undefined ? {} : { text }) });
};
process.on("unhandledRejection", (reason) => fail(reason));
process.on("uncaughtException", (error) => fail(error));

const random = createRandom(seed);
const started = performance.now();
for (let done = 0; done < count; done++) {
  const mutated = mutate(random);
  const before = performance.now();
  const flaw = findFlaw(mutated);
  slowestMs = Math.max(slowestMs, performance.now() - before);
  if (flaw !== undefined) fail(flaw, mutated.text);
  // Lets rejections nobody handles come up.
  if (done % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log({ seed, count, accepted, rejected, crashes, seconds, slowestMs: Math.round(slowestMs) });
if (accepted === 0 || rejected === 0) fail("only one outcome: the mutations are too strong or too weak");
process.exitCode = crashes === 0 ? 0 : 1;

function findFlaw({ text, keepsSecrets }: MutatedText): unknown {
  try {
    const { config } = parseConfig(text, "fuzz.yaml", {}, ENVIRONMENT);
    accepted++;
    const shown = JSON.stringify(publicConfig(config));
    if (keepsSecrets && shown.includes(CANARY)) return "the public form shows a secret";
  } catch (error) {
    if (!(error instanceof ConfigError)) return error;
    rejected++;
    if (error.problems.length === 0) return "a ConfigError without a problem";
    if (error.problems.some(({ message }) => message.trim() === "")) return "a problem without a message";
    if (keepsSecrets && error.message.includes(CANARY)) return `a message shows a secret: ${error.message}`;
  }
  return undefined;
}
