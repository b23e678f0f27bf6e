import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createApp } from "../../proxy/src/app.ts";
import { createLog } from "../../proxy/src/log.ts";
import { parseExposition, samplesOf } from "../../worker/evaluation/exposition.ts";

export interface RunningProxy {
  /** Of the traffic listener. */
  readonly url: string;
  readonly port: number;
  /** Of the admin listener. */
  readonly admin: string;
  readonly log: readonly string[];
  /** Replaces the configuration file, as an editor does. */
  /** @param reload further keys of its reload section */
  write(yaml: string, reload?: string): Promise<void>;
  reload(): Promise<{ result: string; problems: readonly { path: string; message: string }[] }>;
  stop(): Promise<void>;
  /** The sum of all series with these labels now, such as `ab_requests_total{status="200",…}`; undefined if there is none. */
  metric(name: string, labels?: Record<string, string>): Promise<number | undefined>;
}

/** A configuration with one variant for each address; further keys are YAML. */
export function configuration(
  upstreams: Readonly<Record<string, string>>,
  weights: readonly number[],
  more = "",
): string {
  const variants = Object.entries(upstreams).map(
    ([name, url], index) => `  - { name: ${name}, weight: ${weights[index]}, upstreams: ["${url}"] }`,
  );
  return ["experiment: { name: test }", "variants:", ...variants, more, ""].join("\n");
}

/**
 * The real app in this process, on free ports, until the test ends. Its file is polled too rarely to matter.
 *
 * @param now milliseconds since 1970
 */
export async function startProxy(
  t: TestContext,
  yaml: string,
  quick = false,
  now: () => number = Date.now,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-proxy-"));
  const configFile = join(folder, "experiment.yaml");
  const poll = quick ? "20ms" : "1h";
  const write = async (text: string, reload = "") => {
    await writeFile(`${configFile}.new`, `${text}reload: { poll: ${poll}, ${reload} }\n`);
    await rename(`${configFile}.new`, configFile);
  };
  await write(yaml);
  const log: string[] = [];
  const app = createApp({
    configFile,
    overrides: { port: 0, adminPort: 0 },
    env: {},
    log: createLog("info", { write: (line) => void log.push(line) }),
    usage: { residentBytes: () => 1, cpuSeconds: () => 1 },
    now,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= app.stop();
    return stopped;
  };
  t.after(async () => {
    await stop();
    await rm(folder, { recursive: true });
  });
  await app.start();
  const { traffic, admin } = app.address();
  const adminUrl = `http://127.0.0.1:${admin.port}`;
  return {
    url: `http://127.0.0.1:${traffic.port}`,
    port: traffic.port,
    admin: adminUrl,
    log,
    write,
    reload: () => app.reload("http"),
    stop,
    async metric(name, labels = {}) {
      const text = await (await fetch(`${adminUrl}/metrics`)).text();
      const matching = samplesOf(parseExposition(text), name).filter((sample) =>
        Object.entries(labels).every(([key, value]) => sample.labels.get(key) === value),
      );
      return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0);
    },
  };
}
