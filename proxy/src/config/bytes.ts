import { z } from "zod";
import { shown } from "./messages.ts";

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const FORM = /^([0-9]{1,12})(B|KiB|MiB|GiB)?$/;
const REMEDY =
  "write off, or a whole number of bytes with or without unit, such as 1048576, 512KiB, 10MiB or 1GiB";

/** The shortest exact form: the largest unit that divides `bytes`. */
export function formatBytes(bytes: number): string {
  const units = Object.entries(UNITS).reverse();
  const [unit, size] = units.find(([, size]) => bytes >= size && bytes % size === 0) ?? ["B", 1];
  return `${bytes / size}${unit}`;
}

/** Schema of `off` or a size of at least one byte, parsed to bytes. */
export function bytesOrOff() {
  const noSize = (issue: { input?: unknown }) => `${shown(issue.input)} is no size: ${REMEDY}`;
  return z
    .union([z.int(), z.string().regex(/^(?:off|[0-9]{1,12}(?:B|KiB|MiB|GiB)?)$/, { error: noSize })], {
      error: noSize,
    })
    .transform((size, context) => {
      if (size === "off") return size;
      const bytes = typeof size === "number" ? size : parseBytes(size);
      if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
      context.addIssue({ code: "custom", message: `${size} is out of range: ${REMEDY}`, input: size });
      return z.NEVER;
    });
}

function parseBytes(text: string): number {
  const [, digits, unit = "B"] = FORM.exec(text) ?? [];
  return Number(digits) * UNITS[unit as keyof typeof UNITS];
}
