import { z } from "zod";
import { bytesOrOff } from "./bytes.ts";
import { duration } from "./duration.ts";
import { host, port, unixSocket } from "./http-names.ts";
import { wholeNumber, wholeNumberOrOff } from "./number.ts";
import { pemFile } from "./pem-name.ts";
import { redisUrl } from "./redis-url.ts";

const tls = z
  .strictObject({
    cert: pemFile.meta({
      description: "PEM file of the certificate, the chain after it; read anew at every reload.",
    }),
    key: pemFile.meta({ description: "PEM file of its private key." }),
  })
  .meta({ description: "TLS with HTTP/2 and HTTP/1.1; whether there is TLS cannot change while running." });

export const listenSection = z
  .strictObject({
    host: host.prefault("127.0.0.1").meta({ description: "Address of the traffic listener." }),
    port: port.prefault(8080).meta({ description: "Port of the traffic listener; 0 takes any free one." }),
    unix: unixSocket.optional().meta({ description: "Unix socket beside the port (at most 100 bytes)." }),
    reuse_port: z.boolean().prefault(false).meta({
      description: "Let several processes listen on the port (SO_REUSEPORT).",
    }),
    tls: tls.optional(),
    max_connections: wholeNumber(1, 1_000_000).prefault(20_000).meta({
      description: "Connections of callers; more are closed at once.",
    }),
    max_connections_per_address: wholeNumberOrOff(1, 1_000_000).prefault("off").meta({
      description: "Connections of one address.",
    }),
  })
  .prefault({})
  .meta({
    description: "The traffic listener; its addresses and whether it has TLS cannot change while running.",
  });

const rate = z
  .strictObject({
    requests: wholeNumber(1, 1_000_000).meta({ description: "Requests of one unit in each window." }),
    per: duration("1s", "1d").meta({ description: "Length of the window." }),
    redis: redisUrl.optional().meta({
      description: "redis:// or rediss:// address, where several replicas share the count.",
    }),
  })
  .meta({ description: "How often one unit may ask; more is answered 429." });

export const limitsSection = z
  .strictObject({
    body: bytesOrOff().prefault("off").meta({
      description: "Longest body of a request, such as 10MiB; more is answered 413.",
    }),
    body_timeout: duration("1ms", "1h").prefault("30s").meta({
      description: "Longest silence of a caller within its body; then it is answered 408.",
    }),
    max_in_flight: wholeNumberOrOff(1, 1_000_000).prefault("off").meta({
      description: "Requests in flight at all upstreams together; more are answered 503.",
    }),
    rate: rate.optional(),
  })
  .prefault({})
  .meta({ description: "What a caller may ask of the proxy." });
