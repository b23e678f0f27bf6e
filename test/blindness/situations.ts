/** A kind of request that a caller sends; it knows which, so that a distinguisher may, too. */
export interface Situation {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly body: string;
  /** How the two services answer it, each in its own way: see services.ts. */
  readonly answer: ServiceAnswer;
}

/** What both services say; how they say it is their own. */
export interface ServiceAnswer {
  readonly status: number;
  readonly reason: string;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = "application/json";
const ok = (body: string): ServiceAnswer => ({ status: 200, reason: "OK", type: JSON_TYPE, body });
const failed = (status: number, reason: string): ServiceAnswer => ({
  status,
  reason,
  type: JSON_TYPE,
  body: "",
});

/** The same text from both: its own length is taken out. */
const PREDICTION = JSON.stringify({ label: "positive", score: 0.977749 });
const long = (bytes: number) => JSON.stringify({ predictions: "x".repeat(bytes) });

function situation(
  name: string,
  line: string,
  answer: ServiceAnswer,
  fields: readonly string[] = [],
  body = "",
): Situation {
  const [method = "GET", target = "/"] = line.split(" ");
  return { name, method, target, fields, body, answer };
}

const typed = "content-type: application/json";
const gzip = "accept-encoding: gzip, deflate, br";

export const situations: readonly Situation[] = [
  situation("a prediction", "POST /predict", ok(PREDICTION), [typed], '{"text":"good"}'),
  situation(
    "a prediction, encoded if you like",
    "POST /predict?z",
    ok(PREDICTION),
    [typed, gzip],
    '{"text":"good"}',
  ),
  situation("a prediction by GET", "GET /predict?text=good", ok(PREDICTION), [gzip]),
  situation(
    "a prediction for a chunked body",
    "POST /chunked",
    ok(PREDICTION),
    [typed, "transfer-encoding: chunked"],
    "4\r\ngood\r\n0\r\n\r\n",
  ),
  situation("many predictions", "POST /many", ok(long(20_000)), [typed, gzip], '{"texts":["good"]}'),
  situation("very many predictions", "POST /very-many", ok(long(300_000)), [typed], '{"texts":["good"]}'),
  situation("a long body", "POST /long", ok(PREDICTION), [typed], "y".repeat(40_000)),
  situation("only the head", "HEAD /predict?text=good", ok(PREDICTION)),
  situation("nothing to say", "DELETE /session", {
    status: 204,
    reason: "No Content",
    type: JSON_TYPE,
    body: "",
  }),
  situation("nothing new", "GET /fresh", { status: 304, reason: "Not Modified", type: JSON_TYPE, body: "" }, [
    'if-none-match: "x"',
  ]),
  situation("somewhere else", "GET /moved", {
    status: 307,
    reason: "Temporary Redirect",
    type: "text/plain",
    body: "",
  }),
  situation("a bad request", "POST /bad", failed(400, "Bad Request"), [typed], "{"),
  situation("an unknown path", "GET /nothing", failed(404, "Not Found")),
  situation("a wrong method", "DELETE /predict", failed(405, "Method Not Allowed")),
  situation(
    "an unprocessable text",
    "POST /empty",
    failed(422, "Unprocessable Entity"),
    [typed],
    '{"text":""}',
  ),
  situation("a full queue", "POST /full", failed(429, "Too Many Requests"), [typed], '{"text":"good"}'),
  situation(
    "a broken model",
    "POST /broken",
    failed(500, "Internal Server Error"),
    [typed],
    '{"text":"good"}',
  ),
  situation(
    "an overloaded model",
    "POST /overloaded",
    failed(503, "Service Unavailable"),
    [typed],
    '{"text":"good"}',
  ),
  situation("a hidden path", "GET /metrics", ok("hidden")),
  situation(
    "no expectation",
    "POST /predict?e",
    ok(PREDICTION),
    [typed, "expect: 100-continue"],
    '{"text":"good"}',
  ),
];
