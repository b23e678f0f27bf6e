import * as z from "zod";
import { WORKER_VERSION } from "../version.ts";
import { type Contract, PREDICT_ENDPOINTS, type PredictPath } from "./contract.ts";
import { describePredict, REQUEST_IDS, refTo } from "./openapi-predict.ts";
import { readProblems } from "./openapi-problems.ts";
import { createRequestSchemas } from "./request-schemas.ts";
import { createResponseSchemas } from "./response-schemas.ts";

/** The OpenAPI 3.1 description of one worker, with its labels and limits, from the schemas that check its requests. */
export function describeApi(contract: Contract): object {
  const predictions = Object.entries(PREDICT_ENDPOINTS).map(([path, endpoint]) => [
    path,
    { post: { tags: ["predictions"], ...describePredict(path as PredictPath, endpoint, contract) } },
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "blindsplit worker",
      version: WORKER_VERSION,
      description:
        "Serves one model. Errors are problems (RFC 9457) with a stable code; a path that is not here is 404, another method 405 with Allow.",
    },
    paths: { ...Object.fromEntries(predictions), ...READS },
    components: { schemas: describeSchemas(contract) },
  };
}

function describeSchemas(contract: Contract): Record<string, object> {
  const notes = z.registry<Readonly<Record<string, unknown>>>();
  const { strict, loose } = createRequestSchemas(contract.limits, notes);
  createResponseSchemas(contract, notes);
  const one = strict.text.register(notes, { id: "TextRequest" });
  const many = strict.texts.register(notes, { id: "TextsRequest" });
  z.xor([one, many]).register(notes, { id: REQUEST_IDS["/predict"] });
  loose.text.register(notes, { id: REQUEST_IDS["/forward"], description: LOOSE });
  loose.texts.register(notes, { id: REQUEST_IDS["/forward_batch"], description: LOOSE });
  const { schemas } = z.toJSONSchema(notes, {
    metadata: notes,
    uri: (id) => refTo(id).$ref,
    // What a schema says by `.describe()`, wherever it is declared.
    override: ({ zodSchema, jsonSchema }) => void Object.assign(jsonSchema, z.globalRegistry.get(zodSchema)),
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema, $id, id: _, ...schema }]) => [id, schema]),
  );
}

const LOOSE = "Further fields are ignored.";

interface Read {
  readonly summary: string;
  readonly mediaType: string;
  readonly schema: object;
  /** Whether it says 503 while the model is being loaded. */
  readonly canBeUnready?: boolean;
}

const describeRead = (tag: string, { summary, mediaType, schema, canBeUnready = false }: Read) => ({
  get: {
    tags: [tag],
    summary,
    responses: {
      200: { description: summary, content: { [mediaType]: { schema } } },
      ...readProblems(canBeUnready),
    },
  },
});

const json = { mediaType: "application/json" };

const READS = {
  "/healthz": describeRead("state", { ...json, summary: "The process is alive.", schema: refTo("Alive") }),
  "/readyz": describeRead("state", {
    ...json,
    summary: "The model is loaded and warm.",
    schema: refTo("Ready"),
    canBeUnready: true,
  }),
  "/metadata": describeRead("state", {
    ...json,
    summary: "Model, revision, labels, limits, versions.",
    schema: refTo("Metadata"),
    canBeUnready: true,
  }),
  "/metrics": describeRead("state", {
    summary: "Metrics in the text format of Prometheus.",
    mediaType: "text/plain",
    schema: { type: "string" },
  }),
  "/openapi.json": describeRead("description", {
    ...json,
    summary: "This description.",
    schema: { type: "object", required: ["openapi", "info", "paths"] },
  }),
  "/docs": describeRead("description", {
    summary: "This description as a page on which requests can be tried out.",
    mediaType: "text/html",
    schema: { type: "string" },
  }),
};
