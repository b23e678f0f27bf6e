import { z } from "zod";
import { fileSchema } from "./schema.ts";

type Schema = { [key: string]: unknown };

const FROM_ENVIRONMENT = {
  type: "string",
  pattern: "\\$\\{[A-Za-z_]",
  description: "A value from the environment.",
};

/** The JSON Schema of the configuration file for editors: the text of `config/experiment.schema.json`. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(fileSchema, {
    io: "input",
    override: ({ jsonSchema, path }) => {
      if (path.at(-1) !== "propertyNames") allowReference(jsonSchema as Schema);
    },
  });
  const titled = { $schema: schema.$schema, title: "blindsplit experiment", ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

/** Wherever something narrower than text is wanted, `${VAR}` may stand for it. */
function allowReference(schema: Schema): void {
  const isNarrow =
    ["integer", "number", "boolean"].includes(String(schema.type)) ||
    "pattern" in schema ||
    // What zod makes of two patterns.
    "allOf" in schema ||
    "enum" in schema ||
    "minLength" in schema;
  if (!isNarrow) return;
  const { description, default: fallback, ...narrow } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  if (description !== undefined) schema.description = description;
  if (fallback !== undefined) schema.default = fallback;
  schema.anyOf = [narrow, { ...FROM_ENVIRONMENT }];
}

// `node proxy/src/config/json-schema.ts > config/experiment.schema.json`
if (import.meta.main) console.log(jsonSchema().trimEnd());
