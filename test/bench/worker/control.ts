/** The longest that a stand-in may take for one task: several passes of a slow model. */
const PATIENCE_MS = 280_000;

/** What a stand-in of ours answers: it is trusted to have the shape. */
export async function getJson<Shape>(url: string, body?: object): Promise<Shape> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const given = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(url, { ...given, signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 2_000)}`);
  return JSON.parse(text) as Shape;
}
