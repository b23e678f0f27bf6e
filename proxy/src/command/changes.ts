import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/config.ts";
import { findCookieChanges } from "./cookie-changes.ts";
import { findOutcomeChanges } from "./outcome-changes.ts";
import type { Remark } from "./warnings.ts";

/** What users, callers or the experiment's counters notice when `next` replaces `current`, beside the weights. */
export function findChanges(current: Config, next: Config, now: number): Remark[] {
  return [
    ...ofExperiment(current, next),
    ...ofVariants(current, next),
    ...ofServices(current, next),
    ...ofHeader(current.identity, next.identity),
    ...findCookieChanges(current.identity.cookie, next.identity.cookie, now),
    ...ofAddress(current.identity, next.identity),
    ...ofForce(current.force, next.force),
    ...findOutcomeChanges(current, next),
  ];
}

function ofExperiment({ experiment: current }: Config, { experiment: next }: Config): Remark[] {
  const remarks: Remark[] = [];
  if (current.name !== next.name)
    remarks.push({
      path: "experiment.name",
      message: `changes from ${current.name} to ${next.name}: its counters begin anew, force tokens of before are refused`,
    });
  if (current.phase !== next.phase)
    remarks.push({
      path: "experiment.phase",
      message:
        next.phase > current.phase
          ? `changes from ${current.phase} to ${next.phase}: the experiment's counters begin anew, and whom the judge has stopped gets users again`
          : `goes back from ${current.phase} to ${next.phase}: counts and stops of that phase go on, as far as they are still kept`,
    });
  return remarks;
}

function ofVariants({ variants: current }: Config, { variants: next }: Config): Remark[] {
  const [before, after] = [current, next].map((list) => list.map(({ name }) => name)) as [string[], string[]];
  const remarks = [
    ...after.filter((name) => !before.includes(name)).map((name) => `${name} is new`),
    ...before.filter((name) => !after.includes(name)).map((name) => `${name} is gone`),
  ].map((message) => ({ path: "variants", message }));
  const [was, is] = [current, next].map((list) => list.find(({ control }) => control)?.name);
  return was === is
    ? remarks
    : [...remarks, { path: "variants", message: `the control is ${is}, not ${was}` }];
}

/** What answers for a variant that stays; names of new and gone variants are said already. */
function ofServices({ variants: current }: Config, { variants: next }: Config): Remark[] {
  return next.flatMap(({ name, upstreams }, index) => {
    const before = current.find((variant) => variant.name === name)?.upstreams;
    if (before === undefined || isDeepStrictEqual(before, upstreams)) return [];
    const [was, is] = [before, upstreams].map((list) => list.map(({ url }) => url).join(", "));
    const message =
      was === is
        ? `${is} is asked otherwise (host, headers or tls)`
        : `${is} answers for ${name}, instead of ${was}`;
    return [{ path: `variants[${index}].upstreams`, message }];
  });
}

type Identity = Config["identity"];

function ofHeader(current: Identity, next: Identity): Remark[] {
  const remarks: Remark[] = [];
  if (current.header !== next.header)
    remarks.push({
      path: "identity.header",
      message: `changes from ${current.header} to ${next.header}: callers that still send the former are known by their session`,
    });
  const { headerTrustedFrom: before } = current;
  const { headerTrustedFrom: after } = next;
  if (after !== undefined && (before === undefined || before.some((block) => !after.includes(block))))
    remarks.push({
      path: "identity.header.trusted_from",
      message: `leaves ${after.join(", ")}: ids from elsewhere are ignored, those callers are known by their session`,
    });
  return remarks;
}

function ofAddress(current: Identity, next: Identity): Remark[] {
  if (current.address !== next.address)
    return [
      {
        path: "identity.address",
        message: next.address
          ? "becomes on: callers with neither id nor session are known by their address"
          : "becomes off: callers that were known by their address get sessions, and are assigned anew",
      },
    ];
  if (!next.address || current.trustedHops === next.trustedHops) return [];
  return [
    {
      path: "identity.trusted_hops",
      message: `changes from ${current.trustedHops} to ${next.trustedHops}: callers known by an address may have another one, and are assigned anew`,
    },
  ];
}

function ofForce(current: Config["force"], next: Config["force"]): Remark[] {
  if (current === undefined) return [];
  if (next === undefined)
    return [
      { path: "force", message: "is gone: tokens are ignored, and their header passes to the services" },
    ];
  const remarks: Remark[] = [];
  if (current.header !== next.header)
    remarks.push({
      path: "force.header",
      message: `changes from ${current.header} to ${next.header}: a token in the former is ignored`,
    });
  return [...remarks, ...ofForceSecrets(current.secrets, next.secrets)];
}

function ofForceSecrets([signed, ...verified]: readonly string[], after: readonly string[]): Remark[] {
  const path = "force.secret";
  const remarks: Remark[] = [];
  if (signed !== undefined && !after.includes(signed))
    remarks.push({ path, message: "loses the secret that signed until now: its tokens are refused" });
  const lost = verified.filter((secret) => !after.includes(secret)).length;
  if (lost > 0)
    remarks.push({
      path,
      message: `loses ${lost} of the secrets that verified until now: tokens signed with them are refused`,
    });
  return remarks;
}
