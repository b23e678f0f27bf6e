import { z } from "zod";
import { analysisSection, exposureSection, judgeSection, shadowSection } from "./analysis-schema.ts";
import { blindSection } from "./blind-schema.ts";
import { forceSection, identitySection } from "./identity-schema.ts";
import { limitsSection, listenSection } from "./listen-schema.ts";
import { wholeNumber } from "./number.ts";
import { adminSection, logSection, reloadSection, shutdownSection } from "./operation-schema.ts";
import { outcomesSection } from "./outcomes-schema.ts";
import { upstreamAddress, upstreamSection } from "./upstream-schema.ts";

/** Names become metric labels: nothing in them may need escaping. */
const name = z
  .string()
  .max(63)
  .regex(/^[a-z0-9][a-z0-9_.-]*$/, {
    error: ({ input }) =>
      `${JSON.stringify(input)} is no valid name: use lower-case letters, digits and _ - . (at most 63), beginning with a letter or digit`,
  });

const variant = z.strictObject({
  name: name.meta({
    description: "Name of the variant; the metric label model_version. `none` and `other` are reserved.",
  }),
  weight: wholeNumber(0, 100).meta({
    description:
      "Share of the hundred buckets; the weights of all variants sum to 100. 0 means nobody, at once.",
  }),
  control: z.boolean().optional().meta({
    description: "The variant that the others are compared with; the first one unless one says true.",
  }),
  upstreams: z.array(upstreamAddress).min(1).max(100).meta({
    description: "Where the variant is served: URLs, or maps of url, host, headers and tls.",
  }),
});

/** What `config/experiment.yaml` may say; the rules between its fields are in rules.ts. */
export const fileSchema = z.strictObject({
  experiment: z
    .strictObject({
      name: name.meta({ description: "Name of the experiment; a metric label." }),
      salt: z.string().max(256).prefault("").meta({
        description:
          "Secret mixed into the hash, so that nobody can pick an id for a variant. Changing it reassigns every unit.",
      }),
      phase: wholeNumber(0, 9999).prefault(1).meta({
        description: "Raise it to begin a new count, for example with a new model behind a variant.",
      }),
    })
    .meta({ description: "What is being asked." }),
  variants: z
    .array(variant)
    .min(1)
    .max(100)
    .meta({ description: "The alternatives, in the order of their bucket ranges." }),
  identity: identitySection,
  force: forceSection.optional(),
  exposure: exposureSection,
  outcomes: outcomesSection.optional(),
  analysis: analysisSection,
  shadow: shadowSection.optional(),
  judge: judgeSection,
  upstream: upstreamSection,
  blind: blindSection,
  listen: listenSection,
  limits: limitsSection,
  admin: adminSection,
  reload: reloadSection,
  shutdown: shutdownSection,
  log: logSection,
});

/** The file after validation, its defaults filled in; keys as in the file, durations in milliseconds. */
export type ConfigFile = z.output<typeof fileSchema>;
