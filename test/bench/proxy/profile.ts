import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

const IDLE = "(idle)";

/** The functions of the profiles in `folder` in which most time was spent, as share of the time that was not idle. */
export async function profileLines(folder: string, limit: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"));
  const selfUs = new Map<string, number>();
  for (const name of names) {
    const profile = JSON.parse(await readFile(join(folder, name), "utf8")) as CpuProfile;
    const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
    for (const [index, id] of profile.samples.entries()) {
      const place = places.get(id) ?? "";
      if (!place.startsWith(IDLE))
        selfUs.set(place, (selfUs.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0));
    }
  }
  const total = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, limit)
    .map(([place, us]) => `${((100 * us) / total).toFixed(1).padStart(5)} %  ${place}`);
}

function placeOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const file = url.split("/").slice(-2).join("/");
  return `${functionName || "(anonymous)"}${file === "" ? "" : ` ${file}:${lineNumber + 1}`}`;
}
