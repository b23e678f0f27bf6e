import { createCipheriv, createHmac, createSecretKey, randomBytes } from "node:crypto";
import { createMetrics, type Metrics } from "../../../proxy/src/metrics/metrics.ts";
import { TokenIssuer } from "../../../proxy/src/outcomes/issuer.ts";
import { TokenSeal } from "../../../proxy/src/outcomes/token.ts";
import { deriveTokenKey } from "../../../proxy/src/outcomes/token-key.ts";
import { widthOf } from "../../../proxy/src/outcomes/token-layout.ts";
import { median } from "../support/median.ts";

const VARIANTS = 2;
const CALLS = 3_000;
const WARM_UP_CALLS = 20_000;

export interface CallCost {
  readonly name: string;
  /** Of one call, in microseconds: the best round, in which nobody else had the core, and the median. */
  readonly bestUs: number;
  readonly medianUs: number;
}

/** What one token costs, and its parts, called in turn so that whatever else the machine does falls on all. */
export function measureCalls(rounds: number): readonly CallCost[] {
  const metrics = createMetrics({ residentBytes: () => 1, cpuSeconds: () => 1 });
  metrics.stop();
  const contestants = Object.entries({
    "a token, with a prediction": tokenWith(metrics, "positive;0.977749"),
    "a token, without one": tokenWith(metrics, undefined),
    "createCipheriv, AES-256-GCM": cipher("aes-256-gcm"),
    "createCipheriv, ChaCha20-Poly1305": cipher("chacha20-poly1305"),
    "createHmac, SHA-256": hmac(),
  });
  for (const [, call] of contestants) for (let index = 0; index < WARM_UP_CALLS; index++) call();
  const costs = contestants.map(([name, call]) => ({ name, call, us: [] as number[] }));
  for (let round = 0; round < rounds; round++)
    for (const { call, us } of costs) {
      const begun = performance.now();
      for (let index = 0; index < CALLS; index++) call();
      us.push(((performance.now() - begun) * 1000) / CALLS);
    }
  return costs.map(({ name, us }) => ({ name, bestUs: Math.min(...us), medianUs: median(us) }));
}

function tokenWith({ outcomes: metrics }: Metrics, prediction: string | undefined): () => unknown {
  const key = deriveTokenKey("a secret for measuring with");
  const issuer = new TokenIssuer({
    ...{ experiment: "bench", phase: 1, variant: "a", weights: [50, 50], stratum: "50/50" },
    labels: ["negative", "neutral", "positive"],
    seal: new TokenSeal(key, widthOf(VARIANTS), () => undefined),
    ...{ metrics, now: Date.now },
  });
  let bucket = 0;
  return () => {
    bucket = (bucket + 1) % 100;
    return issuer.issue(bucket, prediction);
  };
}

function cipher(name: "aes-256-gcm" | "chacha20-poly1305"): () => unknown {
  const key = createSecretKey(randomBytes(32));
  const nonce = randomBytes(12);
  const plain = Buffer.alloc(widthOf(VARIANTS));
  return () => {
    const seal = createCipheriv(name as "aes-256-gcm", key, nonce, { authTagLength: 16 });
    seal.update(plain);
    seal.final();
    return seal.getAuthTag();
  };
}

function hmac(): () => unknown {
  const key = createSecretKey(randomBytes(32));
  const plain = Buffer.alloc(widthOf(VARIANTS));
  return () => createHmac("sha256", key).update(plain).digest();
}
