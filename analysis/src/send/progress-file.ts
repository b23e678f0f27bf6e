import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../../../proxy/src/command/arguments.ts";

const savedSchema = z.object({
  digest: z.string(),
  rows: z.int().min(0),
  rejected: z.int().min(0),
  rejectsBytes: z.int().min(0),
});

/** How far a file was sent. */
export type Saved = z.infer<typeof savedSchema>;

export const NOTHING_SENT: Omit<Saved, "digest"> = { rows: 0, rejected: 0, rejectsBytes: 0 };

/** What stands beside a file while it is being sent: `FILE.progress`. */
export class ProgressFile {
  readonly path: string;
  readonly #file: string;
  #digest = "";

  constructor(file: string) {
    this.#file = file;
    this.path = `${file}.progress`;
  }

  /**
   * Where to go on.
   *
   * @throws CommandError where there is nothing to go on with, or the file is another one by now
   */
  async resume(): Promise<Omit<Saved, "digest">> {
    await this.begin();
    const text = await readFile(this.path, "utf8").catch(() => undefined);
    if (text === undefined)
      throw new CommandError(`there is no ${this.path} to go on with: leave --resume out`);
    const saved = read(text);
    if (saved === undefined)
      throw new CommandError(`${this.path} cannot be read: remove it, and leave --resume out`);
    if (saved.digest !== this.#digest)
      throw new CommandError(
        `${this.#file} has changed since it was sent in part: send all of it without --resume, what was counted is known`,
      );
    return saved;
  }

  /** @throws CommandError for a file that cannot be read */
  async begin(): Promise<void> {
    const digest = createHash("sha256");
    try {
      for await (const chunk of createReadStream(this.#file)) digest.update(chunk as Buffer);
    } catch (error) {
      throw new CommandError(`${this.#file} cannot be read: ${(error as Error).message}`);
    }
    this.#digest = digest.digest("hex");
  }

  async save(saved: Omit<Saved, "digest">): Promise<void> {
    const path = `${this.path}.new`;
    try {
      await writeFile(path, `${JSON.stringify({ digest: this.#digest, ...saved })}\n`);
      await rename(path, this.path);
    } catch (error) {
      throw new CommandError(`${this.path} cannot be written: ${(error as Error).message}`);
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function read(text: string): Saved | undefined {
  try {
    return savedSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
