/** The head of an answer without what differs each time: time, request id, and the length of the prediction. */
export function blankHead(head: string): string {
  return head
    .replace(/^date: .*$/im, "date: …")
    .replace(/^x-request-id: [A-Za-z0-9_-]{22}$/im, "x-request-id: …")
    .replace(/^content-length: .*$/im, "content-length: …");
}
