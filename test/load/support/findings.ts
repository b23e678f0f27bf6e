/** One figure of a run, and whether it is as promised where something was promised. */
export interface Finding {
  readonly name: string;
  readonly figure: string;
  readonly promise?: { readonly text: string; readonly kept: boolean };
}

export function keeps(name: string, value: number, most: number, unit = ""): Finding {
  const show = (number: number) => `${number}${unit === "" ? "" : ` ${unit}`}`;
  const promise = { text: most === 0 ? "0" : `≤ ${show(most)}`, kept: value <= most };
  return { name, figure: show(Number(value.toFixed(1))), promise };
}

/** The other way round: at least so much. */
export function reaches(name: string, value: number, least: number, unit = ""): Finding {
  const suffix = unit === "" ? "" : ` ${unit}`;
  const promise = { text: `≥ ${least}${suffix}`, kept: value >= least };
  return { name, figure: `${Number(value.toFixed(1))}${suffix}`, promise };
}

/** What it has to be, word for word. */
export function equals(name: string, figure: string, wanted: string): Finding {
  return { name, figure, promise: { text: wanted, kept: figure === wanted } };
}

export function tells(name: string, figure: string | number): Finding {
  return { name, figure: String(figure) };
}

export function tableOf(findings: readonly Finding[]): string {
  const width = (column: readonly string[]) => Math.max(...column.map((cell) => cell.length));
  const names = width(findings.map(({ name }) => name));
  const figures = width(findings.map(({ figure }) => figure));
  const lines = findings.map(({ name, figure, promise }) => {
    const judged = promise === undefined ? "" : `  ${promise.kept ? "kept" : "BROKEN"}: ${promise.text}`;
    return `${name.padEnd(names)}  ${figure.padStart(figures)}${judged}`;
  });
  return `${lines.join("\n")}\n`;
}

/** Counts by kind, as text: `broken 3, 502 1`; `none` where there are none. */
export class Kinds {
  readonly #counts = new Map<string, number>();
  total = 0;

  add(kind: string): void {
    this.total++;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }

  toString(): string {
    if (this.total === 0) return "none";
    return [...this.#counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
  }
}
