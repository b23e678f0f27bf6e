import { PREDICTION_HEADER, TRUNCATED_HEADER, TRUNCATED_SHOWN } from "./answer-headers.ts";
import { type Contract, type Endpoint, SHADOW_HEADER } from "./contract.ts";
import { predictProblems } from "./openapi-problems.ts";
import {
  REQUEST_TIMEOUT_HEADER,
  REQUEST_TIMEOUT_LENGTH,
  REQUEST_TIMEOUT_PATTERN,
} from "./request-timeout.ts";

export const refTo = (id: string) => ({ $ref: `#/components/schemas/${id}` });

/** The body's schema of each endpoint, by the id that it has in the document. */
export const REQUEST_IDS = {
  "/predict": "PredictRequest",
  "/forward": "ForwardRequest",
  "/forward_batch": "ForwardBatchRequest",
} as const;

/** One endpoint that predicts. */
export function describePredict(
  path: keyof typeof REQUEST_IDS,
  endpoint: Endpoint,
  contract: Contract,
): object {
  const isDetailAllowed = endpoint.hasDetail && contract.allowsDetail;
  const answers = answerIds(endpoint, isDetailAllowed);
  const { requests, responses } = exampleBodies(endpoint, contract);
  return {
    operationId: REQUEST_IDS[path].replace("Request", "").replace(/^./, (letter) => letter.toLowerCase()),
    summary:
      path === "/predict"
        ? "Predict one text, or many."
        : `The same as /predict with ${endpoint.fields[0]}, for existing clients.`,
    parameters: [
      timeoutParameter(contract),
      SHADOW_PARAMETER,
      ...(isDetailAllowed ? [DETAIL_PARAMETER] : []),
    ],
    requestBody: {
      required: true,
      description: `At most ${contract.limits.bodyBytes} bytes of UTF-8.`,
      content: { "application/json": { schema: refTo(REQUEST_IDS[path]), examples: requests } },
    },
    responses: {
      200: {
        description: "The prediction of the text, or one for each text in order.",
        headers: {
          "Server-Timing": TIMING_HEADER,
          [titleCase(TRUNCATED_HEADER)]: TRUNCATED,
          ...(endpoint.fields[0] === "text"
            ? { [titleCase(PREDICTION_HEADER)]: describePrediction(contract) }
            : {}),
        },
        content: {
          "application/json": {
            schema: answers.length === 1 ? refTo(answers[0] ?? "") : { anyOf: answers.map(refTo) },
            examples: responses,
          },
        },
      },
      ...predictProblems(endpoint),
    },
  };
}

function answerIds({ fields }: Endpoint, isDetailAllowed: boolean): string[] {
  const ids = fields.map((field) => (field === "text" ? "Prediction" : "Predictions"));
  return isDetailAllowed ? [...ids, ...ids.map((id) => `Detailed${id}`)] : ids;
}

function exampleBodies({ fields }: Endpoint, { task, labels }: Contract) {
  const isRegression = task === "text-regression";
  const text = isRegression ? "Works as described, and arrived a day early." : "What a lovely day!";
  const other = isRegression ? "Broke after two days." : "The train was late again.";
  const predictions = isRegression
    ? [{ score: 4.3 }, { score: 1.4 }]
    : [
        { label: labels.at(-1), score: 0.977749 },
        { label: labels.at(0), score: 0.913404 },
      ];
  const bodies = {
    text: { request: { text }, response: predictions[0] },
    texts: { request: { texts: [text, other] }, response: { predictions } },
  };
  const pick = (side: "request" | "response") =>
    Object.fromEntries(fields.map((field) => [field, { value: bodies[field][side] }]));
  return { requests: pick("request"), responses: pick("response") };
}

function timeoutParameter({ requestTimeoutMs }: Contract): object {
  return {
    name: titleCase(REQUEST_TIMEOUT_HEADER),
    in: "header",
    description: `How long the texts may wait to be computed: 250ms, 1.5s, 2m or bare seconds; at most ${requestTimeoutMs} ms, which is the default.`,
    schema: { type: "string", pattern: REQUEST_TIMEOUT_PATTERN, maxLength: REQUEST_TIMEOUT_LENGTH },
    example: "10s",
  };
}

const DETAIL_PARAMETER = {
  name: "detail",
  in: "query",
  description: "1: also the probabilities of all labels, and what the answer cost.",
  schema: { type: "string", enum: ["0", "1"] },
};

const TIMING_HEADER = {
  description: "Milliseconds in each stage: the longest that one of the texts took.",
  required: true,
  schema: { type: "string" },
  example: "tokenize;dur=0.12, queue;dur=1.5, inference;dur=8.31",
};

const TRUNCATED = {
  description: `Indices of the texts that were longer than the model reads and have been cut; the first ${TRUNCATED_SHOWN}, then \`more\`. Not there if none was.`,
  schema: { type: "string", pattern: "^[0-9]+(, [0-9]+)*(, more)?$" },
  example: "0, 4",
};

const SHADOW_PARAMETER = {
  name: titleCase(SHADOW_HEADER),
  in: "header",
  description:
    "1: a request whose answer reaches nobody. It is counted apart, uses no answer cache, and is refused when the queue is half full. The gateway sets it; it drops a caller's.",
  schema: { type: "string" },
};

function describePrediction({ task, labels }: Contract): object {
  const label = task === "text-regression" ? "" : encodeURIComponent((labels.at(-1) ?? "").toWellFormed());
  return {
    description:
      "The answer to one text once more, for the gateway, which drops it: the label in percent-encoded UTF-8 (a regression's is empty), a semicolon, the score. Not there in answers to `texts`.",
    schema: { type: "string", pattern: "^[^;]*;-?[0-9][0-9.e+-]*$" },
    example: `${label};0.977749`,
  };
}

function titleCase(header: string): string {
  return header.replace(/(^|-)./g, (start) => start.toUpperCase());
}
