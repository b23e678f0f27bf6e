import { CommandError, failureCode } from "../../../worker/evaluation/command-error.ts";
import { type Experiment, parseExperiment } from "./experiment.ts";

const TIMEOUT_MS = 10_000;

/** Asks the running gateway what it is doing; throws one line with the remedy when there is none. */
export async function readExperiment(admin: string): Promise<Experiment> {
  const source = `${admin}/config`;
  const response = await reach(source, "the gateway's admin listener", "--admin");
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    throw new CommandError(
      "admin_unexpected",
      response.status === 401
        ? `${source} answered 401: the demo knows no admin.token; run it against a gateway without one`
        : `${source} answered ${response.status}: name the gateway's admin listener with --admin`,
    );
  }
  return parseExperiment(body, source);
}

/** Any answer will do. The path is one the gateway answers itself, so that no model sees it. */
export async function requireTraffic(url: string): Promise<void> {
  const response = await reach(`${url}/healthz`, "the gateway", "--url");
  await response.body?.cancel();
}

async function reach(address: string, what: string, flag: string): Promise<Response> {
  try {
    const headers = { accept: "application/json" };
    return await fetch(address, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new CommandError(
      "gateway_unreachable",
      `${what} does not answer at ${new URL(address).origin} (${failureCode(cause)}): run \`npm start\` in another ` +
        `terminal, or name another address with ${flag}`,
      { cause },
    );
  }
}
