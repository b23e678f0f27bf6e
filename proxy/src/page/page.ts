import type { Config } from "../config/config.ts";
import { lettersOf } from "../experiment/letters.ts";
import type { Log } from "../log.ts";
import { Collector, type CollectorSource } from "./collector.ts";
import { type PageFile, type PageFiles, readPageFiles } from "./files.ts";
import { openSnapshot } from "./open.ts";
import { Publication, type PublicationOptions } from "./publication.ts";
import type { Snapshot } from "./snapshot.ts";
import type { VerdictQuestion } from "./verdict/ask-verdict.ts";
import { VerdictWatch } from "./verdict/verdict-watch.ts";

/** A failure to read the files is remembered this long: each attempt is a thread, and anybody may ask. */
const RETRY_FILES_MS = 10_000;

export interface PageOptions extends CollectorSource, Pick<PublicationOptions, "everyMs" | "afterMs"> {
  readonly log: Log;
  readonly readFiles?: () => Promise<PageFiles>;
}

/** What the live page is made of; one that nobody opens costs nothing. */
export class Page {
  readonly #collector: Collector;
  readonly #publication: Publication;
  readonly #verdict: VerdictWatch;
  readonly #readFiles: () => Promise<PageFiles>;
  readonly #log: Log;
  #files: Promise<PageFiles> | undefined;

  constructor(options: PageOptions) {
    this.#readFiles = options.readFiles ?? readPageFiles;
    this.#log = options.log;
    this.#collector = new Collector(options);
    this.#publication = new Publication({
      ...options,
      collector: this.#collector,
      running: () => {
        const { config } = options.current().loaded;
        const { name, phase } = config.experiment;
        return { experiment: name, phase, letters: lettersOf(config) };
      },
    });
    this.#verdict = new VerdictWatch({
      question: (mode) => questionOf(options.current().loaded.config, mode),
      resolve: options.resolve,
    });
  }

  /**
   * @param mode who asks, and with which rights, makes no difference to it
   * @param askedAt address and port by which this gateway was reached
   */
  async snapshot(mode: "open" | "masked", askedAt: string): Promise<Snapshot> {
    const [snapshot, verdict] = await Promise.all([
      this.#numbers(mode, askedAt),
      this.#verdict.verdict(mode),
    ]);
    return { ...snapshot, verdict };
  }

  /** Undefined where the page has no such file. Read once; rejects where they cannot be read, for some seconds. */
  async file(path: string): Promise<PageFile | undefined> {
    this.#files ??= this.#readFiles().catch((error: Error) => {
      this.#log.error({ err: error }, "the page's files cannot be read");
      setTimeout(() => {
        this.#files = undefined;
      }, RETRY_FILES_MS).unref();
      throw error;
    });
    return (await this.#files).get(path);
  }

  stop(): void {
    this.#collector.stop();
    this.#verdict.stop();
  }

  async #numbers(mode: "open" | "masked", askedAt: string): Promise<Snapshot> {
    return mode === "masked"
      ? this.#publication.current()
      : openSnapshot(await this.#collector.collect(), askedAt);
  }
}

/** Undefined where nobody asks a judge. */
function questionOf(
  { judge, admin, experiment }: Config,
  mode: VerdictQuestion["mode"],
): VerdictQuestion | undefined {
  const { url, stepMs } = judge;
  if (url === undefined) return undefined;
  const { name, phase } = experiment;
  return { url, mode, token: admin.token, stepMs, experiment: { name, phase } };
}
