import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Children, freePort, untilListening } from "../../load/support/children.ts";
import { getJson } from "./control.ts";

/** What standin/callers.ts is asked for. */
export interface SliceOrder {
  readonly port: number;
  /** Whose CPU and memory are read. */
  readonly pid: number;
  readonly callers: number;
  /** At least; it ends with a whole turn of the callers. */
  readonly seconds: number;
  /** The text to begin with. */
  readonly offset: number;
  /** The label of each text; undefined: any will do. */
  readonly expected: readonly string[] | undefined;
}

/** What it answers: what happened within the window; answers that came before and after it are not among them. */
export interface Slice {
  readonly answers: readonly { readonly text: number; readonly ms: number }[];
  /** Of GET /healthz over a connection of its own, one after the other. */
  readonly healthMs: readonly number[];
  /** Other than 200, broken connections, silence. */
  readonly failed: number;
  /** undefined: no labels were expected. */
  readonly otherLabel?: number | undefined;
  readonly seconds: number;
  /** Of the server, all its threads and processes. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** How busy the load generator's own core was with it. */
  readonly ownShare: number;
}

export interface Callers {
  slice(order: SliceOrder): Promise<Slice>;
}

export async function startCallers(options: {
  readonly children: Children;
  readonly node: string;
  readonly prefix: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly texts: readonly string[];
}): Promise<Callers> {
  const { children, node, prefix, env, folder, texts } = options;
  const port = await freePort();
  const file = join(folder, "texts.json");
  await writeFile(file, JSON.stringify(texts));
  const program = join(import.meta.dirname, "standin/callers.ts");
  const child = children.start("callers", [...prefix, node, program, String(port), file], { env });
  await untilListening(child, port);
  return { slice: (order) => getJson(`http://127.0.0.1:${port}/`, order) };
}
