import { styleText } from "node:util";

/** `strong` marks a result or a heading, `warn` what the reader must not overlook; either may return its text as it is. */
export interface Paint {
  strong(text: string): string;
  warn(text: string): string;
}

/** `styleText` looks at the stream: no colours into a pipe or a file, none with NO_COLOR. */
export function createPaint(stream: NodeJS.WritableStream): Paint {
  const paint = (style: "bold" | "yellow") => (text: string) => styleText(style, text, { stream });
  return { strong: paint("bold"), warn: paint("yellow") };
}
