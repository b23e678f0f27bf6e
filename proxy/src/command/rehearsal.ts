import { createSecureContext } from "node:tls";
import type { Config } from "../config/config.ts";
import { createAssignment } from "../experiment/assignment.ts";
import { createForce } from "../identity/force.ts";
import { createIdentifier } from "../identity/unit.ts";
import type { Remark } from "./warnings.ts";

/** What only building shows: the parts of a generation that can fail, without listening or calling anybody. */
export function rehearse({ experiment, variants, identity, force, listen }: Config): Remark[] {
  const now = () => 0;
  const parts: readonly (readonly [string, () => unknown])[] = [
    [
      "variants",
      () => createAssignment({ salt: experiment.salt, weights: variants.map(({ weight }) => weight) }),
    ],
    ["identity", () => createIdentifier(identity, { now, newSessionId: () => "" })],
    ["force", () => createForce(force, experiment.name, [], { now })],
    ["listen.tls", () => listen.tls && createSecureContext(pems(listen.tls))],
    ...variants.flatMap(({ upstreams }, variant) =>
      upstreams.map(
        ({ tls }, index) =>
          [
            `variants[${variant}].upstreams[${index}].tls`,
            () => tls && createSecureContext(pems(tls)),
          ] as const,
      ),
    ),
  ];
  return parts.flatMap(([path, build]) => {
    try {
      build();
      return [];
    } catch (error) {
      return [
        { path, message: `cannot be built: ${error instanceof Error ? error.message : String(error)}` },
      ];
    }
  });
}

interface PemFiles {
  readonly ca?: { readonly pem: string } | undefined;
  readonly cert: { readonly pem: string } | undefined;
  readonly key: { readonly pem: string } | undefined;
}

function pems({ ca, cert, key }: PemFiles) {
  return { ...(ca && { ca: ca.pem }), ...(cert && { cert: cert.pem }), ...(key && { key: key.pem }) };
}
