import type { CollectionSource } from "./collection.ts";
import { Collector } from "./collector.ts";
import { type PageFile, type PageFiles, readPageFiles } from "./files.ts";
import { openSnapshot } from "./open.ts";
import { Publication, type PublicationOptions } from "./publication.ts";
import type { Snapshot } from "./snapshot.ts";

export type PageOptions = CollectionSource & Pick<PublicationOptions, "everyMs" | "afterMs">;

/** What the live page is made of; one that nobody opens costs nothing. */
export class Page {
  readonly #collector: Collector;
  readonly #publication: Publication;
  #files: Promise<PageFiles> | undefined;

  constructor(options: PageOptions) {
    this.#collector = new Collector(options);
    this.#publication = new Publication({
      ...options,
      collector: this.#collector,
      experiment: () => {
        const { experiment, variants } = options.current().loaded.config;
        return { ...experiment, names: variants.map(({ name }) => name) };
      },
    });
  }

  /** @param mode who asks, and with which rights, makes no difference to it */
  async snapshot(mode: "open" | "masked"): Promise<Snapshot> {
    return mode === "masked" ? this.#publication.current() : openSnapshot(await this.#collector.collect());
  }

  /** Undefined where the page has no such file. Read once; a failure is tried again by whoever asks next. */
  async file(path: string): Promise<PageFile | undefined> {
    this.#files ??= readPageFiles().catch((error: unknown) => {
      this.#files = undefined;
      throw error;
    });
    return (await this.#files).get(path);
  }

  stop(): void {
    this.#collector.stop();
  }
}
