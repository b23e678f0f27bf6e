import { type Change, listChanges } from "../config/changes.ts";
import type { Config, UpstreamAddress } from "../config/config.ts";
import type { Remark } from "./warnings.ts";

/** Whether what was counted before a change can still be compared with what is counted after it. */
export interface NewPhase {
  /** Why it cannot; empty where it can, or where a new phase begins anyway. */
  readonly needed: readonly Remark[];
  /** Why it may not: whoever knows what stands behind an address knows. */
  readonly perhaps: readonly Remark[];
}

const NONE: NewPhase = { needed: [], perhaps: [] };

/** Keys of the file, with what lies below them, and what comes of a change. */
const KEYS: readonly (readonly [string, string])[] = [
  ["exposure", "other requests count than before"],
  ["outcomes.allowed", "outcomes begin, end or are summed otherwise in the middle of the experiment"],
  ["outcomes.labels", "the same label is counted under another name than before"],
  ["analysis", "what is fixed beforehand may not follow what was seen"],
];

/** What asks for a new `experiment.phase` when `next` replaces `current`. Other weights do not: they are strata. */
export function findNewPhase(current: Config, next: Config): NewPhase {
  if (current.experiment.name !== next.experiment.name || current.experiment.phase !== next.experiment.phase)
    return NONE;
  return {
    needed: [
      ...ofUnits(current, next),
      ...ofVariants(current, next),
      ...ofServices(current, next, isReplaced),
      ...ofOutcomes(current, next),
      ...listChanges(current, next).flatMap(ofKey),
    ],
    perhaps: [...ofServices(current, next, isPartlyReplaced), ...ofShadow(current, next)],
  };
}

function ofUnits(current: Config, next: Config): Remark[] {
  const remarks: Remark[] = [];
  if (current.experiment.salt !== next.experiment.salt)
    remarks.push({
      path: "experiment.salt",
      message: "users are assigned anew: many have met the other variant before",
    });
  if (current.identity.header !== next.identity.header)
    remarks.push({
      path: "identity.header",
      message: `users who were known by ${current.identity.header} are others now, and are assigned anew`,
    });
  return remarks;
}

function ofVariants({ variants: current }: Config, { variants: next }: Config): Remark[] {
  const [before, after] = [namesOf(current), namesOf(next)];
  if (before.toSorted().join() !== after.toSorted().join())
    return [
      { path: "variants", message: "a comparison has the same variants from its beginning to its end" },
    ];
  const remarks: Remark[] = [];
  if (before.join() !== after.join())
    remarks.push({ path: "variants", message: "their order decides who owns which buckets: users move" });
  if (controlOf(current) !== controlOf(next))
    remarks.push({ path: "variants", message: "every treatment is compared with the control" });
  return remarks;
}

const namesOf = (variants: Config["variants"]) => variants.map(({ name }) => name);
const controlOf = (variants: Config["variants"]) => variants.find(({ control }) => control)?.name;

type Services = readonly string[];

const isReplaced = (before: Services, after: Services) => !before.some((one) => after.includes(one));
const isPartlyReplaced = (before: Services, after: Services) =>
  !isReplaced(before, after) && before.toSorted().join() !== after.toSorted().join();

function ofServices(
  current: Config,
  next: Config,
  applies: (before: Services, after: Services) => boolean,
): Remark[] {
  return next.variants.flatMap(({ name, upstreams }, index) => {
    const before = current.variants.find((variant) => variant.name === name)?.upstreams.map(identityOf);
    if (before === undefined || !applies(before, upstreams.map(identityOf))) return [];
    const message = `other services answer for ${name}: unless they run the same model, it is another variant`;
    return [{ path: `variants[${index}].upstreams`, message }];
  });
}

/** A path or a field may choose the model; how TLS is checked does not. */
function identityOf({ url, host, headers }: UpstreamAddress): string {
  return JSON.stringify([url, host, headers]);
}

/** Whether there are any; what they are is said key by key. */
function ofOutcomes(current: Config, next: Config): Remark[] {
  if ((current.outcomes === undefined) === (next.outcomes === undefined)) return [];
  const message =
    next.outcomes === undefined
      ? "nothing is reported any more: outcomes end in the middle of the experiment"
      : "what was answered before has no token, so that nothing can be reported of it";
  return [{ path: "outcomes", message }];
}

function ofKey({ path }: Change): Remark[] {
  // Where outcomes come or go, the change is of the whole section, which has its own remark.
  const key = KEYS.find(
    ([name]) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
  );
  return key === undefined ? [] : [{ path, message: key[1] }];
}

function ofShadow({ shadow: current }: Config, { shadow: next }: Config): Remark[] {
  const variant = next?.variant ?? current?.variant;
  if (variant === undefined || (current?.variant === next?.variant && current?.ratio === next?.ratio))
    return [];
  return [{ path: "shadow", message: `${variant} has another load than before, which its latency may show` }];
}
