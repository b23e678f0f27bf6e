import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { z } from "zod";
import { readRegularFile } from "./read-file.ts";
import type { Violation } from "./violation.ts";

/** A PEM file that a configuration names. */
export interface PemUse {
  readonly path: readonly PropertyKey[];
  readonly file: string;
  readonly kind: "ca" | "cert" | "key";
  /** Of a key: the file of its certificate. */
  readonly cert?: string | undefined;
}

/** By the name that the configuration gives: the text, or why there is none. */
export type PemTexts = ReadonlyMap<string, { readonly pem: string } | { readonly flaw: string }>;

/** Bundles of authorities have some 250 KB. */
const LIMIT_BYTES = 1_048_576;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "does not exist: names of PEM files are relative to the configuration",
  EACCES: "cannot be read: give this user the right to read it",
  EISDIR: "is a directory: name the PEM file in it",
  ENOTDIR: "does not exist: a part of its path is no directory",
};

const SECTIONS = z.object({ variants: z.array(z.unknown()).catch([]), listen: z.unknown().optional() });
const VARIANT = z.object({ upstreams: z.array(z.unknown()) });
const HOLDER = z.object({ tls: z.record(z.string(), z.unknown()) });

/** Every PEM file that the raw contents of a configuration name. */
export function findPemFiles(contents: unknown): PemUse[] {
  const { data } = SECTIONS.safeParse(contents);
  const variants = data?.variants ?? [];
  const addresses = variants.flatMap((variant, index) => {
    const upstreams = VARIANT.safeParse(variant).data?.upstreams ?? [];
    return upstreams.map((holder, position) => ({
      path: ["variants", index, "upstreams", position, "tls"] as PropertyKey[],
      holder,
    }));
  });
  return [...addresses, { path: ["listen", "tls"], holder: data?.listen }].flatMap(({ path, holder }) => {
    const tls = HOLDER.safeParse(holder).data?.tls ?? {};
    return (["ca", "cert", "key"] as const).flatMap((kind): PemUse[] => {
      const file = tls[kind];
      if (typeof file !== "string" || !isFileName(file)) return [];
      const cert = kind === "key" && typeof tls.cert === "string" ? tls.cert : undefined;
      return [{ path: [...path, kind], file, kind, cert }];
    });
  });
}

/** What the schema refuses is not looked for. */
function isFileName(text: string): boolean {
  return text !== "" && text.length <= 1024 && !/\p{Cc}/u.test(text);
}

/** Reads each file once; names are relative to the configuration. */
export async function readPemFiles(uses: readonly PemUse[], configFile: string): Promise<PemTexts> {
  const texts = new Map<string, { pem: string } | { flaw: string }>();
  for (const { file } of uses) {
    if (texts.has(file)) continue;
    const read = await readRegularFile(resolve(dirname(configFile), file), LIMIT_BYTES, REMEDIES);
    texts.set(file, "flaw" in read ? { flaw: read.flaw } : { pem: read.bytes.toString("utf8") });
  }
  return texts;
}

/** What is wrong with the files; no message repeats anything from within them. */
export function checkPemFiles(uses: readonly PemUse[], texts: PemTexts): Violation[] {
  return uses.flatMap(({ path, file, kind, cert }) => {
    const text = texts.get(file) ?? { flaw: "was not read" };
    const flaw =
      "flaw" in text
        ? text.flaw
        : kind === "key"
          ? keyFlaw(text.pem, cert === undefined ? undefined : texts.get(cert))
          : certificateFlaw(text.pem);
    return flaw === undefined ? [] : [{ path, message: `the file ${JSON.stringify(file)} ${flaw}` }];
  });
}

const BEGIN = "-----BEGIN CERTIFICATE-----";

function certificateFlaw(pem: string): string | undefined {
  const [, ...blocks] = pem.split(BEGIN);
  if (blocks.length === 0)
    return `has no certificate: it must be PEM text with ${BEGIN} (from DER: openssl x509 -inform der -in FILE)`;
  const broken = blocks.findIndex((block) => parseCertificate(BEGIN + block) === undefined);
  if (broken === -1 && parseCertificate(pem) !== undefined) return undefined;
  return `has a certificate that cannot be read, number ${Math.max(broken, 0) + 1} of ${blocks.length}: write it anew`;
}

function keyFlaw(pem: string, cert: ReturnType<PemTexts["get"]>): string | undefined {
  if (/ENCRYPTED/.test(pem))
    return "has a key behind a passphrase: take it off (openssl pkey -in FILE) and let only this user read the file";
  const key = parseKey(pem);
  if (key === undefined) return "has no private key: it must be PEM text with -----BEGIN PRIVATE KEY-----";
  if (cert === undefined || "flaw" in cert) return undefined;
  const certificate = parseCertificate(cert.pem);
  if (certificate === undefined) return undefined;
  if (!certificate.checkPrivateKey(key))
    return "has a key that does not fit the certificate: name the key it was made with, and put the certificate itself first in its file, before the chain";
  return contextFlaw(cert.pem, pem);
}

/** What only OpenSSL knows, such as keys too small for its security level. */
function contextFlaw(cert: string, key: string): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return `cannot be used for TLS with its certificate: ${(error as Error).message}; make both anew`;
  }
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
