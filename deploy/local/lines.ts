import { StringDecoder } from "node:string_decoder";

/** Cuts a stream of chunks into lines; a line above `limitLength` characters is handed on in pieces. */
export function splitLines(onLine: (line: string) => void, limitLength = 65_536) {
  const decoder = new StringDecoder("utf8");
  let rest = "";

  function take(text: string): void {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
    while (rest.length > limitLength) {
      onLine(rest.slice(0, limitLength));
      rest = rest.slice(limitLength);
    }
  }

  return {
    push: (chunk: Buffer) => take(decoder.write(chunk)),
    end: () => take(`${decoder.end()}\n`),
  };
}
