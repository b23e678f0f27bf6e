import { renderTable } from "../../../worker/evaluation/table.ts";
import { differenceOf, type Pin } from "./pins.ts";

/** Wide enough for every column side by side. */
const WIDTH = 180;
const DIGITS = 12;

/** A table: the case, as published, what the other program says, what this one does, their relative difference, the other program. */
export function printPins(pins: readonly Pin[]): string {
  const lines = renderTable(
    {
      headings: ["published", "expected", "ours", "difference", "expected by"],
      rows: pins.map((pin) => ({
        name: pin.case,
        cells: [
          pin.stated ?? "",
          format(pin.expected),
          format(pin.computed),
          differenceOf(pin).toExponential(1),
          pin.by,
        ],
      })),
    },
    WIDTH,
  );
  const largest = Math.max(...pins.map(differenceOf));
  return `${lines.join("\n")}\n\n${pins.length} cases, the largest difference ${largest.toExponential(1)} of the expected value\n`;
}

function format(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
