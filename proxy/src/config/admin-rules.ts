import { z } from "zod";
import type { Violation } from "./violation.ts";

const MASKED = z.object({
  admin: z.object({ page: z.literal("masked"), token: z.unknown().optional() }),
});

/** What of `admin` depends on another key. */
export function checkAdmin(file: unknown): Violation[] {
  const { data } = MASKED.safeParse(file);
  if (data === undefined || data.admin.token !== undefined) return [];
  return [
    {
      path: ["admin", "page"],
      message:
        "masked needs admin.token: without one /metrics, /config and /explain tell every watcher what the page hides; add a token (`openssl rand -base64 32`)",
    },
  ];
}
