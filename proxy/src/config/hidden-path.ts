import { z } from "zod";
import { createPathJudge } from "../blind/paths.ts";

const MOST_CHARACTERS = 2048;

/** One of `blind.hidden_paths`, spelled in a way that the judge of request targets compares with. */
export const hiddenPath = z
  .string()
  .max(MOST_CHARACTERS, { abort: true })
  .regex(/^(?:\/[^/?#\s\p{Cc}]+)+$/u, {
    abort: true,
    error: ({ input }) =>
      `${JSON.stringify(input)} is no path to hide: begin with /, name at least one segment, end without /, without ? and #, such as /internal`,
  })
  .refine(hidesItself, {
    error: ({ input }) =>
      `${JSON.stringify(input)} does not hide itself: paths are compared decoded, without parameters (;…), dot segments, dots at an end and backslashes, in their plainest letters; write ${remedy(String(input))}`,
  });

/** Whether requests for the path are found, however they spell it: as it is, encoded, and decoded before. */
function hidesItself(path: string): boolean {
  if (!path.isWellFormed()) return false;
  const judge = createPathJudge([path]);
  return [path, encodeURI(path), encodeURI(decoded(path))].every((target) => judge(target) === "hidden");
}

function remedy(path: string): string {
  const plain = plainest(path);
  return plain !== "/" && plain.isWellFormed() && hidesItself(plain)
    ? JSON.stringify(plain)
    : "it in plain letters, such as /internal";
}

/** As the judge reads a request for the path. */
function plainest(path: string): string {
  const segments: string[] = [];
  const folded = decoded(path).normalize("NFKC").toUpperCase().toLowerCase();
  for (const part of folded.replaceAll("\\", "/").split("/")) {
    const segment = (part.split(";", 1)[0] as string).trim().replace(/(?<=[^.])\.+$/, "");
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
