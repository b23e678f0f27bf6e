import type { TestContext } from "node:test";
import { exposeVerdict } from "../../analysis/src/judge/verdict-metrics.ts";
import { maskVerdict } from "../../analysis/src/verdict/mask.ts";
import { parseExposition } from "../../worker/evaluation/exposition.ts";
import { configuration, startProxy } from "../support/running-proxy.ts";
import { startSystem } from "../support/system.ts";
import { startUpstream, unusedUrl } from "../support/upstream.ts";
import { exampleVerdict } from "../support/verdict-server.ts";

const STEP_MS = 300_000;

/** What a running system says of itself: the bundled experiment, one with everything that it leaves out, and a judge. */
export async function findMetricNames(t: TestContext): Promise<ReadonlySet<string>> {
  const [system, admin, judge] = await Promise.all([
    startSystem(t),
    startEverything(t),
    exposeVerdict(
      maskVerdict(
        exampleVerdict(["a", "b"]),
        new Map([
          ["a", "X"],
          ["b", "Y"],
        ]),
      ),
      STEP_MS,
    ),
  ]);
  const scraped = await Promise.all(
    [system.admin, admin, ...system.workers].map(async (url) => (await fetch(`${url}/metrics`)).text()),
  );
  return new Set(
    [...scraped, judge.text].flatMap((text) =>
      [...parseExposition(text).samples.values()].map(({ name }) => name),
    ),
  );
}

/** A gateway with outcomes, a shadow and a judge that it asks for stops. */
async function startEverything(t: TestContext): Promise<string> {
  const { url } = await startUpstream(t, (_, response) => void response.end("{}"));
  const judge = await unusedUrl();
  const { admin } = await startProxy(
    t,
    configuration(
      { a: url, b: url },
      [50, 50],
      [
        "outcomes: { secrets: [a-secret-of-this-test-alone-0123456789], labels: [negative, positive], allowed: [correct, true_label] }",
        "shadow: { variant: b, percent: 10 }",
        `judge: { url: "${judge}", stop: dry-run }`,
      ].join("\n"),
    ),
  );
  return admin;
}
