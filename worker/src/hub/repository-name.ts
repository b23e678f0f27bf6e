import { WorkerError } from "../errors.ts";

const ID = /^[\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95}$/;
const COMMIT = /^[0-9a-f]{40}$/;

/** Ids become directories and parts of addresses. @throws WorkerError `option_invalid` */
export function checkId(id: string): void {
  if (ID.test(id)) return;
  throw new WorkerError(
    "option_invalid",
    `${JSON.stringify(id)} is no model of a hub; write owner/name, such as Xenova/distilbert-base-uncased-finetuned-sst-2-english`,
  );
}

export function isCommit(text: string): boolean {
  return COMMIT.test(text);
}

/** Whether a file name of a repository stays inside the directory that it is joined to. */
export function isSafeFileName(name: string): boolean {
  const parts = name.split("/");
  const isPlain = (part: string) =>
    part !== "" && part !== "." && part !== ".." && !/[\\:\p{Cc}]/u.test(part);
  return name.length <= 512 && parts.every(isPlain);
}

/** The name for an address: every part encoded, the slashes kept. */
export function encodeFileName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
