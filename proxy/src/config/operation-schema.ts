import { z } from "zod";
import { ACCESS_LOGS, LOG_LEVELS, PAGE_MODES } from "./config.ts";
import { duration } from "./duration.ts";
import { adminHost, host, port } from "./http-names.ts";
import { perCent } from "./number.ts";
import { bearerToken } from "./secret.ts";
import { replicaUrl } from "./upstream-url.ts";

export const adminSection = z
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
    token: bearerToken.optional().meta({
      description:
        "Secret that everything but the probes and the page's files asks for as `Authorization: Bearer`.",
    }),
    page: z.enum(PAGE_MODES).prefault("open").meta({
      description:
        "The live page: open, masked (variants are X and Y, for whoever must stay blind; needs a token), or off.",
    }),
    replicas: z.array(replicaUrl).max(64).prefault([]).meta({
      description:
        "Admin listeners of the other gateways, which the page shows too; a name stands for all its addresses.",
    }),
  })
  .prefault({})
  .meta({ description: "The admin listener." });

export const reloadSection = z
  .strictObject({
    poll: duration("10ms", "1h")
      .prefault("1s")
      .meta({ description: "How often the content of this file is compared." }),
    deadline: duration("1ms", "7d").prefault("1h").meta({
      description: "How long requests of a replaced configuration may take to end.",
    }),
  })
  .prefault({})
  .meta({ description: "How a change of this file is noticed, beside SIGHUP and POST /-/reload." });

export const shutdownSection = z
  .strictObject({
    deadline: duration("1ms", "10m")
      .prefault("4s")
      .meta({ description: "How long requests in flight may take to end after SIGTERM." }),
    drain_delay: duration("0ms", "5m").prefault("0s").meta({
      description: "Between not being ready and closing the listener, so that balancers notice first.",
    }),
  })
  .prefault({})
  .meta({ description: "How the process ends." });

export const logSection = z
  .strictObject({
    level: z.enum(LOG_LEVELS).prefault("info").meta({ description: "Least severe level that is logged." }),
    access: z.enum(ACCESS_LOGS).prefault("off").meta({ description: "Which requests are logged." }),
    sample: perCent().prefault(1).meta({
      description: "Share of the requests, in per cent, that `access: sampled` logs.",
    }),
  })
  .prefault({})
  .meta({ description: "The log on standard output." });
