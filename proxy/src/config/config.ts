import type {
  AnalysisSettings,
  ExposureSettings,
  JudgeSettings,
  OutcomeSettings,
  ShadowSettings,
} from "./analysis-config.ts";

/** An address of a variant. PEM texts, where they are, have been read from the files that the configuration names. */
export interface UpstreamAddress {
  /** Scheme, authority and path prefix; never ends in a slash, has no query, fragment or credentials. */
  readonly url: string;
  /** The `Host` field; the URL's own authority where absent. */
  readonly host: string | undefined;
  /** Fields set on every request, in lower case; they replace what the caller sent under the same name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: UpstreamTls | undefined;
}

export interface UpstreamTls {
  readonly ca: PemFile | undefined;
  /** Client certificate and its key; both or none. */
  readonly cert: PemFile | undefined;
  readonly key: PemFile | undefined;
  readonly serverName: string | undefined;
  readonly verify: boolean;
}

/** A file that the configuration names, with the text that was read; a changed text makes a changed configuration. */
export interface PemFile {
  readonly file: string;
  readonly pem: string;
}

export interface Health {
  /** `GET` of this path (below the upstream's own prefix); without it a TCP connection is the check. */
  readonly path: string | undefined;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that readmit. */
  readonly healthyAfter: number;
  /** Failures in a row that eject. */
  readonly unhealthyAfter: number;
}

/** Passive: what live requests say. */
export interface Ejection {
  /** Failures in a row (connect errors, 502, 503, 504) that eject; 0 never. */
  readonly afterFailures: number;
  /** First back-off; doubles with every ejection in a row up to `maxMs`. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export interface UpstreamSettings {
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** From the call of the upstream to the end of its answer; undefined is none. */
  readonly totalTimeoutMs: number | undefined;
  readonly keepAliveMs: number;
  /** Per variant. */
  readonly maxInFlight: number;
  /** Requests that may wait for a place, per variant; `size` 0 is none. */
  readonly queue: { readonly size: number; readonly timeoutMs: number };
  /** Retries allowed as a share (0..1) of the variant's requests; 0 switches them off. */
  readonly retryBudget: number;
  /** Whether an answer whose end cannot be told from a break is refused. */
  readonly requireFraming: boolean;
  readonly onUnavailable: "fail" | "fallback";
  /** How old a resolved name may be. */
  readonly dnsRefreshMs: number;
  readonly health: Health;
  readonly ejection: Ejection;
}

export interface RateLimit {
  /** Requests of one unit in each window. */
  readonly requests: number;
  readonly perMs: number;
  /** `redis://…` or `rediss://…` where several replicas share the count. */
  readonly redis: string | undefined;
}

/** The effective configuration: file, environment and flags together, durations in the unit of their name. */
export interface Config {
  readonly experiment: { readonly name: string; readonly salt: string; readonly phase: number };
  /** In file order, which is the order of their bucket ranges. Exactly one is the control. */
  readonly variants: readonly {
    readonly name: string;
    readonly weight: number;
    readonly control: boolean;
    readonly upstreams: readonly UpstreamAddress[];
  }[];
  readonly identity: {
    /** Lower case. */
    readonly header: string;
    /** CIDR blocks whose peers may name units; undefined trusts everybody. */
    readonly headerTrustedFrom: readonly string[] | undefined;
    readonly cookie: {
      readonly name: string;
      readonly ttlSeconds: number;
      readonly secure: boolean;
      readonly sameSite: "Lax" | "Strict" | "None";
      readonly domain: string | undefined;
      /** The first signs, all of them verify; empty leaves the cookie unsigned. */
      readonly secrets: readonly string[];
      /** Unsigned sessions are taken over until then, in milliseconds since the epoch. */
      readonly acceptUnsignedUntil: number | undefined;
    };
    /** Whether the address of the downstream identifies a unit that has neither header nor cookie. */
    readonly address: boolean;
    /** How many proxies in front of this one append to X-Forwarded-For; 0 takes the socket's address. */
    readonly trustedHops: number;
  };
  /** Signed tokens that override the variant, in this request header (lower case) or a cookie of the same name. */
  readonly force: { readonly header: string; readonly secrets: readonly string[] } | undefined;
  readonly exposure: ExposureSettings;
  /** Undefined gives no tokens and takes no outcomes. */
  readonly outcomes: OutcomeSettings | undefined;
  readonly analysis: AnalysisSettings;
  readonly shadow: ShadowSettings | undefined;
  readonly judge: JudgeSettings;
  readonly upstream: UpstreamSettings;
  readonly blind: {
    /** Response headers allowed beside the published allow-list; lower case. */
    readonly headers: readonly string[];
    /** Fields that every forwarded answer carries with exactly this value; lower case. `cache-control` is private. */
    readonly setHeaders: Readonly<Record<string, string>>;
    readonly clientErrors: "pass" | "replace";
    /** The built-in paths and those of the file; each stands for itself and everything below it. */
    readonly hiddenPaths: readonly string[];
    /** `equal`: length, chunks and content coding are the proxy's, whatever the upstream chose. */
    readonly framing: "equal" | "pass";
    /** Fields of a JSON answer that may leave; undefined lets the body pass as it is. */
    readonly body: readonly string[] | undefined;
    /** Answers leave no earlier than this after their request; undefined pads nothing. */
    readonly padLatency: { readonly to: "p95" } | { readonly to: "fixed"; readonly ms: number } | undefined;
  };
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** A unix socket beside the port. */
    readonly unix: string | undefined;
    readonly reusePort: boolean;
    readonly tls: { readonly cert: PemFile; readonly key: PemFile } | undefined;
    readonly maxConnections: number;
    /** undefined is no limit. */
    readonly maxConnectionsPerAddress: number | undefined;
  };
  readonly limits: {
    /** undefined is no limit. */
    readonly bodyBytes: number | undefined;
    /** Longest silence of a caller within its body. */
    readonly bodyTimeoutMs: number;
    /** Requests in flight at all upstreams together; undefined is no limit. */
    readonly maxInFlight: number | undefined;
    readonly rate: RateLimit | undefined;
  };
  readonly admin: {
    readonly host: string;
    readonly port: number;
    readonly hosts: readonly string[];
    /** `Authorization: Bearer` that everything but the probes and the page's files asks for; undefined asks for none. */
    readonly token: string | undefined;
    readonly page: PageMode;
    /** Scheme and authority of the other gateways' admin listeners. */
    readonly replicas: readonly string[];
  };
  readonly reload: {
    readonly pollMs: number;
    /** How long requests of a replaced generation may take to end. */
    readonly deadlineMs: number;
  };
  readonly shutdown: {
    readonly deadlineMs: number;
    /** Between "not ready" and closing the listener, so that balancers notice first. */
    readonly drainDelayMs: number;
  };
  readonly log: {
    readonly level: LogLevel;
    readonly access: AccessLog;
    /** Share (0..1) of the requests that `sampled` logs. */
    readonly sampleRatio: number;
  };
}

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const ACCESS_LOGS = ["off", "errors", "all", "sampled"] as const;
export type AccessLog = (typeof ACCESS_LOGS)[number];

export const PAGE_MODES = ["open", "masked", "off"] as const;
export type PageMode = (typeof PAGE_MODES)[number];
