import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Delivery, startSink } from "../../deploy/drill/sink.ts";
import { claimPorts } from "../../deploy/local/ports.ts";
import { buildConfiguration, writeConfiguration } from "../../prometheus/src/alertmanager/render.ts";
import type { Settings } from "../../prometheus/src/alertmanager/settings.ts";
import { eventually, startProgram } from "./prometheus.ts";

/** Debian calls the program otherwise than its makers do. */
const PROGRAMS = ["prometheus-alertmanager", "alertmanager"];
/** Real life's ten seconds before a page are a tenth of one. */
export const TEST_SCALE = 1 / 100;

const isThere = (program: string) => spawnSync(program, ["--version"]).error === undefined;

export function assertAlertmanagerInstalled(): void {
  const missing = [
    ...(PROGRAMS.some(isThere) ? [] : ["prometheus-alertmanager"]),
    ...(isThere("amtool") ? [] : ["amtool"]),
  ];
  assert.deepEqual(
    missing,
    [],
    "the Alertmanager suite cannot run: install Alertmanager, with amtool (apt-get install prometheus-alertmanager, brew install alertmanager)",
  );
}

export function amtool(args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync("amtool", [...args], { encoding: "utf8" });
  return { status, said: `${stdout}${stderr}`.trim() };
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "blindsplit-alertmanager-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export type Labels = Readonly<Record<string, string>>;

export interface KnownAlert {
  readonly labels: Labels;
  readonly status: {
    readonly state: "unprocessed" | "active" | "suppressed";
    readonly inhibitedBy: string[];
  };
}

export interface RunningAlertmanager {
  readonly url: string;
  /** The same alert again, with `endsAt` in the past, ends it. */
  post(
    alerts: readonly { labels: Labels; annotations?: Labels; startsAt?: string; endsAt?: Date }[],
  ): Promise<void>;
  alerts(): Promise<KnownAlert[]>;
}

/** An Alertmanager of its own until the test ends. */
export async function startAlertmanager(
  t: TestContext,
  settings: Settings,
  change: (configuration: string) => string = (text) => text,
): Promise<RunningAlertmanager> {
  const folder = await temporaryFolder(t);
  const configFile = join(folder, "alertmanager.yml");
  await writeFile(
    configFile,
    change(writeConfiguration(buildConfiguration({ settings, timeScale: TEST_SCALE }))),
  );
  const [port] = await claimPorts([{ use: "Alertmanager", flag: "", host: "127.0.0.1", port: 0 }]);
  const { said, stop } = startProgram(PROGRAMS.find(isThere) ?? "alertmanager", [
    `--config.file=${configFile}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ]);
  t.after(stop);

  const url = `http://127.0.0.1:${port}`;
  await eventually(
    "Alertmanager is ready",
    async () => {
      const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
      return answer?.ok ? true : undefined;
    },
    said,
  );
  return {
    url,
    async post(alerts) {
      const answer = await fetch(`${url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts.map((alert) => ({ annotations: {}, ...alert }))),
      });
      assert.equal(answer.status, 200, await answer.text());
    },
    async alerts() {
      return (await (await fetch(`${url}/api/v2/alerts`)).json()) as KnownAlert[];
    },
  };
}

/** Where every receiver of `settings` leads to. */
export interface Deliveries {
  readonly settings: Settings;
  readonly all: readonly Delivery[];
  /** The first that is as asked, now or when it comes. */
  find(what: string, isIt: (delivery: Delivery) => boolean): Promise<Delivery>;
}

export async function receiveDeliveries(t: TestContext): Promise<Deliveries> {
  const all: Delivery[] = [];
  const sink = await startSink("127.0.0.1", 0, (delivery) => void all.push(delivery));
  t.after(() => sink.stop());
  const settings = {
    heartbeat: `${sink.url}heartbeat`,
    drill: `${sink.url}drill`,
    webhooks: {
      "on-call": `${sink.url}on-call`,
      tickets: `${sink.url}tickets`,
      experiment: `${sink.url}experiment`,
    },
  };
  return {
    settings,
    all,
    find: (what, isIt) =>
      eventually(
        what,
        async () => all.find(isIt),
        () => JSON.stringify(all),
      ),
  };
}
