import { z } from "zod";
import { duration } from "./duration.ts";
import {
  adminHost,
  cookieDomain,
  cookieName,
  hiddenPath,
  host,
  idHeader,
  openHeader,
  port,
} from "./http-names.ts";
import { upstreamUrl } from "./upstream-url.ts";

/** The effective configuration: file, environment and flags together, durations in the unit of their name. */
export interface Config {
  readonly experiment: { readonly name: string; readonly salt: string; readonly phase: number };
  /** In file order, which is the order of their bucket ranges. Exactly one is the control. */
  readonly variants: readonly {
    readonly name: string;
    readonly weight: number;
    readonly control: boolean;
    /** `url`: scheme, authority and path prefix; never ends in a slash, has no query, fragment or credentials. */
    readonly upstreams: readonly { readonly url: string }[];
  }[];
  readonly identity: {
    /** Lower case. */
    readonly header: string;
    readonly cookie: {
      readonly name: string;
      readonly ttlSeconds: number;
      readonly secure: boolean;
      readonly sameSite: "Lax" | "Strict" | "None";
      readonly domain: string | undefined;
    };
    /** Whether the address of the downstream identifies a unit that has neither header nor cookie. */
    readonly address: boolean;
    /** How many proxies in front of this one append to X-Forwarded-For; 0 takes the socket's address. */
    readonly trustedHops: number;
  };
  readonly upstream: {
    readonly connectTimeoutMs: number;
    readonly firstByteTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly keepAliveMs: number;
    /** Per variant. */
    readonly maxInFlight: number;
  };
  readonly blind: {
    /** Response headers allowed beside the published allow-list; lower case. */
    readonly headers: readonly string[];
    readonly clientErrors: "pass" | "replace";
    /** The built-in paths and those of the file; each stands for itself and everything below it. */
    readonly hiddenPaths: readonly string[];
  };
  readonly listen: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number; readonly hosts: readonly string[] };
  readonly reload: { readonly pollMs: number };
  readonly shutdown: { readonly deadlineMs: number };
  readonly log: { readonly level: LogLevel };
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const wholeNumber = (least: number, most: number) => z.int().min(least).max(most);

/** Names become metric labels: nothing in them may need escaping. */
const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9][a-z0-9_.-]*$/, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no valid name: use lower-case letters, digits and _ - . (at most 63), beginning with a letter or digit`,
  });

const variant = z.strictObject({
  name: name.meta({
    description: "Name of the variant; the metric label model_version. `none` and `other` are reserved.",
  }),
  weight: wholeNumber(0, 100).meta({
    description:
      "Share of the hundred buckets; the weights of all variants sum to 100. 0 means nobody, at once.",
  }),
  control: z.boolean().optional().meta({
    description: "The variant that the others are compared with; the first one unless one says true.",
  }),
  upstreams: z.array(upstreamUrl).min(1).max(100).meta({
    description: "Where the variant is served: http:// or https:// URLs with an optional path prefix.",
  }),
});

/** What `config/experiment.yaml` may say; the rules between its fields are in rules.ts. */
export const fileSchema = z.strictObject({
  experiment: z
    .strictObject({
      name: name.meta({ description: "Name of the experiment; a metric label." }),
      salt: z.string().max(256).prefault("").meta({
        description:
          "Secret mixed into the hash, so that nobody can pick an id for a variant. Changing it reassigns every unit.",
      }),
      phase: wholeNumber(0, 9999).prefault(1).meta({
        description: "Raise it to begin a new count, for example with a new model behind a variant.",
      }),
    })
    .meta({ description: "What is being asked." }),
  variants: z
    .array(variant)
    .min(1)
    .max(100)
    .meta({ description: "The alternatives, in the order of their bucket ranges." }),
  identity: z
    .strictObject({
      header: idHeader
        .prefault("x-user-id")
        .meta({ description: "Request header that carries the unit id." }),
      cookie: z
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
        })
        .prefault({})
        .meta({ description: "The cookie given to a unit without header." }),
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
    .meta({ description: "Who is randomised: header, else cookie, else address, else a new session." }),
  upstream: z
    .strictObject({
      connect_timeout: duration("1ms", "5m")
        .prefault("1s")
        .meta({ description: "Deadline for connecting to an upstream." }),
      first_byte_timeout: duration("1ms", "1h")
        .prefault("30s")
        .meta({ description: "Deadline for the first byte of the answer." }),
      idle_timeout: duration("1ms", "1h").prefault("60s").meta({
        description:
          "Longest silence of an upstream within its answer; a caller silent for this and first_byte_timeout together is cut off.",
      }),
      keep_alive: duration("1ms", "1h").prefault("4s").meta({
        description:
          "How long an idle socket to an upstream is kept; less than the upstream's own keep-alive.",
      }),
      max_in_flight: wholeNumber(1, 100_000)
        .prefault(512)
        .meta({ description: "Requests in flight per variant; more are answered 503." }),
    })
    .prefault({})
    .meta({ description: "Deadlines and limits towards the upstreams of every variant." }),
  blind: z
    .strictObject({
      headers: z
        .array(openHeader)
        .max(100)
        .prefault([])
        .meta({ description: "Response headers allowed beside the built-in allow-list." }),
      client_errors: z
        .enum(["pass", "replace"])
        .prefault("pass")
        .meta({ description: "Whether the body of an upstream's 4xx passes or is replaced." }),
      hidden_paths: z
        .array(hiddenPath)
        .max(100)
        .prefault([])
        .meta({ description: "Paths answered 404, with everything below them, beside the built-in ones." }),
    })
    .prefault({})
    .meta({ description: "What may differ between variants: nothing but the prediction." }),
  listen: z
    .strictObject({
      host: host.prefault("127.0.0.1").meta({ description: "Address of the traffic listener." }),
      port: port.prefault(8080).meta({ description: "Port of the traffic listener; 0 takes any free one." }),
    })
    .prefault({})
    .meta({ description: "The traffic listener; cannot change while running." }),
  admin: z
    .strictObject({
      host: host
        .prefault("127.0.0.1")
        .meta({ description: "Address of the admin listener; cannot change while running." }),
      port: port.prefault(8081).meta({
        description: "Port of the admin listener; cannot change while running; 0 takes any free one.",
      }),
      hosts: z
        .array(adminHost)
        .max(100)
        .prefault([])
        .meta({ description: "Names allowed in the Host header beside IP literals and localhost." }),
    })
    .prefault({})
    .meta({ description: "The admin listener." }),
  reload: z
    .strictObject({
      poll: duration("10ms", "1h")
        .prefault("1s")
        .meta({ description: "How often the content of this file is compared." }),
    })
    .prefault({})
    .meta({ description: "How a change of this file is noticed, beside SIGHUP and POST /-/reload." }),
  shutdown: z
    .strictObject({
      deadline: duration("1ms", "10m")
        .prefault("4s")
        .meta({ description: "How long requests in flight may take to end after SIGTERM." }),
    })
    .prefault({})
    .meta({ description: "How the process ends." }),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).prefault("info").meta({ description: "Least severe level that is logged." }),
    })
    .prefault({})
    .meta({ description: "The log on standard output." }),
});

/** The file after validation, its defaults filled in; keys as in the file, durations in milliseconds. */
export type ConfigFile = z.output<typeof fileSchema>;
