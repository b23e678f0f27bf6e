/**
 * The bytes of one prediction request, one character a byte.
 * @param fields further header lines, each with its CRLF
 */
export function predictRequest(
  body: { readonly text: string } | { readonly texts: readonly string[] },
  fields = "",
): string {
  const bytes = Buffer.from(JSON.stringify(body)).toString("latin1");
  return `POST /predict HTTP/1.1\r\nHost: load\r\n${fields}Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`;
}
