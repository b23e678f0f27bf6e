/** The text format of Prometheus → values of the series that begin with `prefix`, by series. */
export function readSeries(text: string, prefix = ""): Map<string, number> {
  const lines = text.split("\n").filter((line) => line.startsWith(prefix) && !/^#|^$/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}
