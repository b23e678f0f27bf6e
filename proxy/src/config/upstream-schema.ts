import { z } from "zod";
import { duration } from "./duration.ts";
import { authority, checkPath, headerValue, serverName, upstreamHeader } from "./http-names.ts";
import { shown } from "./messages.ts";
import { perCent, wholeNumber } from "./number.ts";
import { pemFile } from "./pem-name.ts";
import { upstreamUrl } from "./upstream-url.ts";

const addressMap = z.strictObject({
  url: upstreamUrl.meta({
    description: "http:// or https:// address, with an optional path prefix.",
  }),
  host: authority.optional().meta({
    description: "The Host header; the authority of the URL where absent.",
  }),
  headers: z.record(upstreamHeader, headerValue).prefault({}).meta({
    description: "Headers set on every request; they replace what the caller sent under the same name.",
  }),
  tls: z
    .strictObject({
      ca: pemFile.optional().meta({
        description: "PEM file of the authorities to trust instead of the system's.",
      }),
      cert: pemFile.optional().meta({ description: "PEM file of the client certificate; needs key." }),
      key: pemFile.optional().meta({ description: "PEM file of the client certificate's key." }),
      server_name: serverName.optional().meta({
        description:
          "The name asked for (SNI) and looked for in the certificate; the host of the URL where absent.",
      }),
      verify: z.boolean().prefault(true).meta({
        description: "false accepts any certificate: for trials only.",
      }),
    })
    .optional()
    .meta({ description: "How an https:// upstream is called; PEM files relative to this file." }),
});

/** A URL, or a map that says more. */
export const upstreamAddress = z.union([upstreamUrl, addressMap], {
  error: ({ input }) =>
    `must be a URL such as http://127.0.0.1:8101, or a map with url, host, headers, tls, and is ${shown(input)}`,
});

const queue = z
  .strictObject({
    size: wholeNumber(0, 100_000).prefault(0).meta({
      description: "Requests per variant that may wait for a place below max_in_flight.",
    }),
    timeout: duration("1ms", "5m").prefault("1s").meta({
      description: "How long one of them waits before it is answered 503.",
    }),
  })
  .prefault({})
  .meta({ description: "What waits when max_in_flight is reached." });

const health = z
  .strictObject({
    path: checkPath.optional().meta({
      description:
        "Path of a GET, below the upstream's own prefix, that a healthy upstream answers 2xx; without it a TCP connection is the check.",
    }),
    interval: duration("10ms", "1h").prefault("1s").meta({ description: "Time between two checks." }),
    timeout: duration("1ms", "5m").prefault("1s").meta({ description: "Deadline of one check." }),
    healthy_after: wholeNumber(1, 100).prefault(1).meta({ description: "Successes in a row that readmit." }),
    unhealthy_after: wholeNumber(1, 100).prefault(3).meta({ description: "Failures in a row that eject." }),
  })
  .prefault({})
  .meta({ description: "The active checks of every upstream." });

const ejection = z
  .strictObject({
    failures: wholeNumber(0, 1000).prefault(3).meta({
      description: "Failures in a row (connect errors, 502, 503, 504) that eject an upstream; 0 never.",
    }),
    base: duration("1ms", "1h").prefault("1s").meta({
      description: "First back-off; every ejection in a row doubles it.",
    }),
    max: duration("1ms", "1d").prefault("30s").meta({ description: "Longest back-off." }),
  })
  .prefault({})
  .meta({ description: "What live requests say about an upstream." });

export const upstreamSection = z
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
    total_timeout: duration("1ms", "24h", ["off"]).prefault("off").meta({
      description: "Deadline from the call of an upstream to the end of its answer.",
    }),
    keep_alive: duration("1ms", "1h").prefault("4s").meta({
      description: "How long an idle socket to an upstream is kept; less than the upstream's own keep-alive.",
    }),
    max_in_flight: wholeNumber(1, 100_000)
      .prefault(512)
      .meta({ description: "Requests in flight per variant; more wait in the queue or are answered 503." }),
    queue,
    retry_budget: perCent().prefault(20).meta({
      description: "Retries allowed in per cent of a variant's requests; 0 switches them off.",
    }),
    require_framing: z.boolean().prefault(false).meta({
      description: "Refuse an answer whose end cannot be told from a break (neither length nor chunks).",
    }),
    on_unavailable: z.enum(["fail", "fallback"]).prefault("fail").meta({
      description:
        "Without a healthy upstream, a variant answers 503 (fail) or another variant answers (fallback).",
    }),
    dns_refresh: duration("1s", "1h").prefault("30s").meta({
      description: "How old the addresses of an upstream's name may be.",
    }),
    health,
    ejection,
  })
  .prefault({})
  .meta({ description: "Deadlines, limits and checks towards the upstreams of every variant." });
