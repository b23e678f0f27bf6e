import { z } from "zod";
import { duration } from "./duration.ts";
import { hiddenPath } from "./hidden-path.ts";
import { headerValue, openHeader, setHeader } from "./http-names.ts";
import { shown } from "./messages.ts";

const padding = duration("1ms", "1m", ["off", "p95"]);

const padLatency = z.union([padding, z.strictObject({ to: padding })], {
  error: ({ input }) =>
    `must be off, p95, a duration such as 300ms, or a map with to, and is ${shown(input)}`,
});

export const blindSection = z
  .strictObject({
    headers: z
      .array(openHeader)
      .max(100)
      .prefault([])
      .meta({ description: "Response headers allowed beside the built-in allow-list." }),
    set_headers: z.record(setHeader, headerValue).prefault({}).meta({
      description:
        "Headers that every forwarded answer carries with exactly this value; cache-control stays private.",
    }),
    client_errors: z
      .enum(["pass", "replace"])
      .prefault("pass")
      .meta({ description: "Whether the body of an upstream's 4xx passes or is replaced." }),
    hidden_paths: z
      .array(hiddenPath)
      .max(100)
      .prefault([])
      .meta({ description: "Paths answered 404, with everything below them, beside the built-in ones." }),
    framing: z.enum(["equal", "pass"]).prefault("equal").meta({
      description:
        "equal: length, chunks and content coding of an answer are the proxy's, whatever the upstream chose.",
    }),
    body: z.array(z.string().min(1).max(256)).min(1).max(100).optional().meta({
      description: "Fields of a JSON answer that may leave; without it bodies pass as they are.",
    }),
    pad_latency: padLatency.prefault("off").meta({
      description:
        "Answers leave no earlier than this after their request: a duration, or p95 of the slower variant.",
    }),
  })
  .prefault({})
  .meta({ description: "What may differ between variants: nothing but the prediction." });
