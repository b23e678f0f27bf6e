import { z } from "zod";
import { shown } from "./messages.ts";

/** A path of our own on the traffic listener. */
export const absolutePath = z.string().regex(/^\/[A-Za-z0-9._~/-]{1,200}$/, {
  error: ({ input }) =>
    `${shown(input)} is no path: write one such as /-/outcomes (at most 201 of letters, digits and . _ ~ / -)`,
});

/** A label as a model says it: a metric label, and compared in lower case. */
export const labelName = z.string().regex(/^[^\p{Cc}\p{Lu}"\\]{1,63}$/u, {
  error: ({ input }) =>
    `${shown(input)} is no label: use at most 63 characters, lower case, without quotes, backslashes and control characters`,
});

/** As a browser says it in `Origin`. */
export const webOrigin = z.string().refine((text) => URL.parse(text)?.origin === text, {
  error: ({ input }) =>
    `${shown(input)} is no origin: write scheme and host only, such as https://app.example`,
});
