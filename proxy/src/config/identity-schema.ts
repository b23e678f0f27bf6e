import { z } from "zod";
import { cidr } from "./cidr.ts";
import { duration } from "./duration.ts";
import { cookieDomain, cookieName, forceHeader, idHeader } from "./http-names.ts";
import { shown } from "./messages.ts";
import { wholeNumber } from "./number.ts";
import { secretTexts } from "./secret.ts";

const headerMap = z.strictObject({
  name: idHeader.prefault("x-user-id").meta({ description: "Request header that carries the unit id." }),
  trusted_from: z.array(cidr).min(1).max(1000).optional().meta({
    description:
      "Blocks of addresses, such as 10.0.0.0/8, from which the header counts; from anywhere else it is ignored.",
  }),
});

const header = z.union([idHeader, headerMap], {
  error: ({ input }) =>
    `must be the name of a header such as x-user-id, or a map with name and trusted_from, and is ${shown(input)}`,
});

const NO_DAY = ({ input }: { input?: unknown }) =>
  `${shown(input)} is no day or moment: write one such as 2027-01-31 or 2027-01-31T12:00:00Z`;

/** A day (from its beginning, UTC) or a moment, parsed to milliseconds since the epoch. */
const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(?:T.{1,30})?$/, { error: NO_DAY })
  .transform((text, context) => {
    const isReal =
      z.iso.date().safeParse(text).success || z.iso.datetime({ offset: true }).safeParse(text).success;
    if (isReal) return Date.parse(text);
    context.addIssue({ code: "custom", message: NO_DAY({ input: text }), input: text });
    return z.NEVER;
  });

const cookie = z
  .strictObject({
    name: cookieName.prefault("model_session").meta({ description: "Name of the session cookie." }),
    ttl: duration("1s", "400d").prefault("30d").meta({
      description: "How long a session outlives its last request (browsers allow at most 400d).",
    }),
    secure: z
      .boolean()
      .prefault(false)
      .meta({ description: "Send the cookie over HTTPS only; set it wherever callers use HTTPS." }),
    same_site: z
      .enum(["Lax", "Strict", "None"])
      .prefault("Lax")
      .meta({ description: "SameSite attribute; None needs `secure: true`." }),
    domain: cookieDomain
      .optional()
      .meta({ description: "Domain attribute; without it the cookie belongs to the exact host." }),
    secret: secretTexts.optional().meta({
      description: "Signs the cookie; of several the first signs and all of them verify.",
    }),
    accept_unsigned_until: moment.optional().meta({
      description: "Until then unsigned sessions are taken over, where signing is switched on later.",
    }),
  })
  .prefault({})
  .meta({ description: "The cookie given to a unit without header." });

export const identitySection = z
  .strictObject({
    header: header.prefault("x-user-id").meta({
      description: "Request header that carries the unit id, or a map of name and trusted_from.",
    }),
    cookie,
    address: z
      .enum(["off", "on"])
      .prefault("off")
      .meta({ description: "Identify units without header and cookie by their address." }),
    trusted_hops: wholeNumber(0, 10).prefault(0).meta({
      description:
        "Number of proxies in front of this one that append to X-Forwarded-For; 0 ignores that header.",
    }),
  })
  .prefault({})
  .meta({ description: "Who is randomised: header, else cookie, else address, else a new session." });

export const forceSection = z
  .strictObject({
    secret: secretTexts.meta({
      description: "Verifies the tokens; of several the first signs and all of them verify.",
    }),
    header: forceHeader.prefault("x-blindsplit-force").meta({
      description: "Request header, or cookie of the same name, that carries a token.",
    }),
  })
  .meta({ description: "Signed tokens that choose the variant, for tests by hand." });
