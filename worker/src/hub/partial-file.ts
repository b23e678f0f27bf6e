import { type FileHandle, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";

const stateSchema = z.strictObject({
  /** Names the content: the hub's own word for it, or else the ETag of who sends it. */
  identity: z.string().optional(),
  /** ETag of who sends it, for `If-Range`. */
  validator: z.string().optional(),
  /** Bytes of the whole file. */
  size: z.int().nonnegative().optional(),
  /** Of the whole file, where the hub says it. */
  sha256: z.string().optional(),
});
export type PartialState = z.infer<typeof stateSchema>;

/** The part of a file that has come so far: `NAME.partial`, and beside it what it is a part of. */
export class PartialFile {
  readonly path: string;
  readonly #target: string;
  readonly #statePath: string;

  constructor(target: string) {
    this.#target = target;
    this.path = `${target}.partial`;
    this.#statePath = `${this.path}.json`;
  }

  /** Bytes that are here, and what of; nothing without both. */
  async read(): Promise<{ readonly bytes: number; readonly state: PartialState } | undefined> {
    try {
      const { size } = await stat(this.path);
      if (size === 0) return undefined;
      return { bytes: size, state: stateSchema.parse(JSON.parse(await readFile(this.#statePath, "utf8"))) };
    } catch {
      return undefined;
    }
  }

  /** Opens it for more bytes, behind those that are here. */
  async openAt(bytes: number): Promise<FileHandle> {
    const handle = await open(this.path, "a");
    try {
      await handle.truncate(bytes);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Empties it. In this order: a state never stands beside bytes of something else. */
  async begin(state: PartialState): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await this.openAt(0);
    try {
      await writeFile(this.#statePath, JSON.stringify(state));
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Gives it its final name; its bytes have to be on the disk. */
  async finish(): Promise<void> {
    await rename(this.path, this.#target);
    await rm(this.#statePath, { force: true });
  }

  async discard(): Promise<void> {
    await Promise.all([rm(this.path, { force: true }), rm(this.#statePath, { force: true })]);
  }
}
