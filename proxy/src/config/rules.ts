import { z } from "zod";

/** A rule between fields that does not hold. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The rules between fields. They look at the raw file, so that they speak up beside whatever else is wrong with it. */
export function checkRules(file: unknown): Violation[] {
  return [...weights(file), ...variantNames(file), ...controls(file), ...upstreams(file), ...cookie(file)];
}

const variantsWith = <S extends z.ZodRawShape>(shape: S) => z.object({ variants: z.array(z.object(shape)) });

function weights(file: unknown): Violation[] {
  const { data } = variantsWith({ weight: z.int().min(0).max(100) }).safeParse(file);
  if (data === undefined || data.variants.length === 0) return [];
  const listed = data.variants.map(({ weight }) => weight);
  const sum = listed.reduce((total, weight) => total + weight, 0);
  if (sum === 100) return [];
  const remedy = sum < 100 ? `add ${100 - sum}` : `take away ${sum - 100}`;
  return [
    {
      path: ["variants"],
      message: `weights ${listed.join(" + ")} sum to ${sum}: they must be whole numbers that sum to 100, ${remedy}`,
    },
  ];
}

function variantNames(file: unknown): Violation[] {
  const names =
    variantsWith({ name: z.unknown().optional() })
      .safeParse(file)
      .data?.variants.map(({ name }) => name) ?? [];
  return names.flatMap((name, index) => {
    const path = ["variants", index, "name"];
    if (name === "none" || name === "other") {
      return [{ path, message: `"${name}" is reserved for metrics: choose another name` }];
    }
    const first = names.indexOf(name);
    if (typeof name !== "string" || first === index) return [];
    return [{ path, message: `"${name}" is already the name of variants[${first}]: names must differ` }];
  });
}

function controls(file: unknown): Violation[] {
  const flags = variantsWith({ control: z.unknown().optional() }).safeParse(file).data?.variants ?? [];
  const claimed = flags.flatMap(({ control }, index) => (control === true ? [index] : []));
  return claimed.slice(1).map((index) => ({
    path: ["variants", index, "control"],
    message: `is a second control beside variants[${claimed[0]}]: one variant at most says control: true`,
  }));
}

function upstreams(file: unknown): Violation[] {
  const variants =
    variantsWith({ upstreams: z.array(z.unknown().optional()) }).safeParse(file).data?.variants ?? [];
  return variants.flatMap(({ upstreams }, variant) =>
    upstreams.flatMap((url, index) =>
      typeof url !== "string" || upstreams.indexOf(url) === index
        ? []
        : [
            {
              path: ["variants", variant, "upstreams", index],
              message: "stands twice in this list: remove one of the two",
            },
          ],
    ),
  );
}

function cookie(file: unknown): Violation[] {
  const shape = z.object({
    identity: z.object({
      cookie: z.object({
        name: z.string().default(""),
        secure: z.boolean().default(false),
        same_site: z.unknown().optional(),
        domain: z.unknown().optional(),
      }),
    }),
  });
  const { data } = shape.safeParse(file);
  if (data === undefined) return [];
  const { name, secure, same_site, domain } = data.identity.cookie;
  const violations: Violation[] = [];
  const add = (key: string, message: string) =>
    violations.push({ path: ["identity", "cookie", key], message });
  if (same_site === "None" && !secure)
    add("same_site", "None needs secure: true, or browsers drop the cookie");
  if (/^__(secure|host)-/i.test(name) && !secure)
    add("name", `the prefix of "${name}" needs secure: true, or browsers drop the cookie`);
  if (/^__host-/i.test(name) && domain !== undefined)
    add("domain", `a cookie with the prefix __Host- has no domain: remove the domain or the prefix`);
  return violations;
}
