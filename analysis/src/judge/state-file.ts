import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { Verdict } from "../verdict/verdict.ts";
import { type Identity, isSame } from "./identity.ts";
import { codeOf, StateError } from "./state-error.ts";
import type { StateLock } from "./state-lock.ts";

const VERSION = 1;

/** What a judge must know to go on after it was killed. */
export interface SavedState extends Identity {
  readonly stepMs: number;
  /** Processes have other names in a Prometheus: each would count twice. */
  readonly reads: "processes" | "prometheus";
  /** Of the last look; null before the first. */
  readonly lookedAt: number | null;
  readonly verdict: Verdict | null;
  readonly evidence: unknown;
  /** See `Source.memory`. */
  readonly source: unknown;
}

export type Found =
  | { readonly kind: "none" }
  | { readonly kind: "same"; readonly state: SavedState }
  /** Something else was there, and has got another name. */
  | { readonly kind: "other" | "corrupt"; readonly aside: string; readonly reason: string };

const frame = z.object({
  version: z.literal(VERSION),
  experiment: z.string(),
  phase: z.number().int(),
  analysisHash: z.string(),
  stepMs: z.number(),
  reads: z.enum(["processes", "prometheus"]),
  lookedAt: z.number().nullable(),
  verdict: z.unknown(),
  evidence: z.unknown(),
  source: z.unknown(),
});

/** Set aside for what its decisions are still good for, before a new file was written. */
const UNFIT = ["unfit", "processes", "prometheus", "future"];

/** The file of one phase of one experiment; those of others stay beside it. */
export class StateFile {
  readonly #path: string;
  readonly #lock: Pick<StateLock, "check">;

  constructor(path: string, lock: Pick<StateLock, "check">) {
    this.#path = path;
    this.#lock = lock;
  }

  /** @throws StateError where the file system refuses */
  async load(identity: Identity): Promise<Found> {
    const text = await this.#read(this.#path);
    if (text === undefined) return this.#restoreAside(identity);
    const state = parse(text);
    if (typeof state === "string") {
      const aside = await this.setAside("corrupt");
      return { kind: "corrupt", aside, reason: state };
    }
    if (isSame(state, identity)) return { kind: "same", state };
    const aside = await this.setAside(nameOf(state, identity));
    const restored = await this.#restoreAside(identity);
    if (restored.kind === "same") return restored;
    return { kind: "other", aside, reason: differenceOf(state, identity) };
  }

  /** Gives the file another name, and says which: `judge.json.phase-1`. */
  async setAside(suffix: string): Promise<string> {
    for (let number = 1; ; number++) {
      const aside = `${this.#path}.${suffix}${number === 1 ? "" : `.${number}`}`;
      if ((await this.#read(aside)) !== undefined) continue;
      await this.#do(() => rename(this.#path, aside));
      return aside;
    }
  }

  /**
   * Atomic: whoever reads it, after any death of this process, finds it as it was or as it is now.
   *
   * @throws StateError where the file system refuses, LockLost where the file is another judge's by now
   */
  async save(state: SavedState): Promise<void> {
    await this.#lock.check();
    const temporary = `${this.#path}.new`;
    await this.#do(async () => {
      await mkdir(dirname(this.#path), { recursive: true });
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify({ version: VERSION, ...state }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
      // The new name is on the disk only with its folder.
      const folder = await open(dirname(this.#path), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    });
  }

  /** Of a phase that ran before, and runs again: what was decided in it still holds. */
  async #restoreAside(identity: Identity): Promise<Found> {
    const names = [phaseName(identity), experimentName(identity), analysisName(identity)];
    for (const suffix of [...names, ...UNFIT]) {
      const aside = `${this.#path}.${suffix}`;
      const state = parse((await this.#read(aside)) ?? "");
      if (typeof state === "string" || !isSame(state, identity)) continue;
      await this.#do(() => rename(aside, this.#path));
      return { kind: "same", state };
    }
    return { kind: "none" };
  }

  async #read(path: string): Promise<string | undefined> {
    return this.#do(async () => {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new StateError(
        `the state file ${this.#path} cannot be used: ${(error as Error).message}; name another with --state`,
        { cause: error },
      );
    }
  }
}

/** A text says what is wrong. */
function parse(text: string): SavedState | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `it is no JSON: ${(error as Error).message}`;
  }
  const { data, error } = frame.safeParse(json);
  if (data === undefined) return `it is no state of version ${VERSION}: ${z.prettifyError(error)}`;
  const { version: _version, ...state } = data;
  return state as SavedState;
}

function nameOf(state: Identity, wanted: Identity): string {
  if (state.experiment !== wanted.experiment) return experimentName(state);
  return state.phase === wanted.phase ? analysisName(state) : phaseName(state);
}

const phaseName = ({ phase }: Identity) => `phase-${phase}`;
const experimentName = ({ experiment, phase }: Identity) => `${experiment}.phase-${phase}`;
const analysisName = ({ phase, analysisHash }: Identity) =>
  `phase-${phase}.analysis-${analysisHash.slice(0, 12)}`;

function differenceOf(state: Identity, wanted: Identity): string {
  if (state.experiment !== wanted.experiment) return `it is of the experiment ${state.experiment}`;
  if (state.phase !== wanted.phase) return `it is of phase ${state.phase}`;
  return "it was judged by another analysis, though the phase is the same: a new analysis should begin a new phase";
}
