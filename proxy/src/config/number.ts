import { z } from "zod";
import { shown } from "./messages.ts";

/** A whole number from `least` to `most`, both inclusive. */
export function wholeNumber(least: number, most: number) {
  return z.int().min(least).max(most);
}

/** `off`, or a whole number. */
export function wholeNumberOrOff(least: number, most: number) {
  return z.union([z.literal("off"), wholeNumber(least, most)], {
    error: ({ input }) => `must be off or a whole number from ${least} to ${most}, and is ${shown(input)}`,
  });
}

/** A share in per cent, 0 to 100. */
export function perCent() {
  return z.number().min(0).max(100);
}
