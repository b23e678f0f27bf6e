import { chunked, HIDDEN, post, raw, type SmugglingCase } from "./case.ts";

const ENDED = `0\r\n\r\n${HIDDEN}`;
const CHUNKED = "Transfer-Encoding: chunked";

/** Fields that some servers take for `Transfer-Encoding: chunked` and others do not. */
const OBFUSCATED = [
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding\t: chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, gzip",
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding: chunked;",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked,",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: \x0cchunked",
  "Transfer-Encoding: chunked\x0b",
  "Transfer-Encoding: \0chunked",
  "Transfer-Encoding: chunked\0",
  "Transfer-Encoding: \xa0chunked",
  "Transfer-Encoding: \x85chunked",
  "Transfer-Encoding: chun ked",
  "Transfer-Encoding: chunked 1",
  "Transfer-Encoding: cow",
  "Transfer-Encoding: ",
  "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding:\n chunked",
  "Transfer-Encoding: x\r\n\tchunked",
  "Transfer-Encoding\r\n : chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
  "X: y\r\r\nTransfer-Encoding: chunked",
  "X: y\r\n Transfer-Encoding: chunked",
  "X: y\r\n\tTransfer-Encoding: chunked",
  "Transfer-Encoding\0: chunked",
  "Transfer-Encoding\xff: chunked",
  "\xffTransfer-Encoding: chunked",
  "Transfer-\x0bEncoding: chunked",
  "Transfer Encoding: chunked",
  '"Transfer-Encoding": chunked',
  "Transfer-Encoding:: chunked",
  "Transfer-Encoding; chunked",
  `${CHUNKED}\r\n${CHUNKED}`,
  `${CHUNKED}\r\nTransfer-Encoding: identity`,
  `${CHUNKED}\r\nTransfer-Encoding: x`,
  `Transfer-Encoding: identity\r\n${CHUNKED}`,
  `Transfer-Encoding: \r\n${CHUNKED}`,
];

/** Lengths that are none, or not the same everywhere. */
const LENGTHS = [
  "+5",
  "-5",
  "-0",
  "5 5",
  "5, 5",
  "5,5",
  "5, 6",
  "5,",
  ",5",
  "0x5",
  "5h",
  "5;",
  "5.0",
  "1e1",
  "'5'",
  '"5"',
  "",
  " ",
  "\x0b5",
  "5\x0b",
  "5\x0c",
  "5\0",
  "\xa05",
  "\xb2",
  "five",
  "NaN",
  "9007199254740993",
  "18446744073709551615",
  "18446744073709551621",
  "36893488147419103237",
  "99999999999999999999999999999999",
];

const BODY_METHODS = ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "PROPFIND", "SEARCH"];

const show = (text: string) => JSON.stringify(text);

/** CL.TE, TE.CL, TE.TE, CL.CL and CL.0: where a body ends. */
export const framing: readonly SmugglingCase[] = [
  {
    name: "CL.TE: a length and chunks",
    bytes: post([`Content-Length: ${ENDED.length}`, CHUNKED], ENDED),
    expect: "refused",
  },
  {
    name: "TE.CL: chunks and a length",
    bytes: post([CHUNKED, "Content-Length: 4"], chunked(HIDDEN)),
    expect: "refused",
  },
  {
    name: "a length of 0 and chunks",
    bytes: post(["Content-Length: 0", CHUNKED], ENDED),
    expect: "refused",
  },
  {
    name: "chunks under HTTP/1.0",
    bytes: raw("POST / HTTP/1.0", [CHUNKED], ENDED),
    expect: "refused",
  },
  {
    name: "chunks under HTTP/1.0 with keep-alive",
    bytes: raw("POST / HTTP/1.0", ["Connection: keep-alive", CHUNKED], ENDED),
    expect: "refused",
  },
  {
    name: "chunks and a length under HTTP/1.0",
    bytes: raw("POST / HTTP/1.0", [CHUNKED, "Content-Length: 3"], ENDED),
    expect: "refused",
  },
  ...OBFUSCATED.flatMap((field): SmugglingCase[] => [
    { name: `TE.0: ${show(field)}`, bytes: post([field], ENDED), expect: "refused" },
    {
      name: `CL.TE: a length and ${show(field)}`,
      bytes: post([`Content-Length: ${ENDED.length}`, field], ENDED),
      expect: "refused",
    },
  ]),
  ...[
    "Transfer_Encoding: chunked",
    "TRANSFER_ENCODING: chunked",
    "Content_Length: 4",
    "content_length: 4",
  ].map(
    (field): SmugglingCase => ({
      name: `CL.TE by underscore: a length and ${field}`,
      bytes: post([`Content-Length: ${ENDED.length}`, field], ENDED),
      expect: "either",
      absent: /_encoding|_length/i,
    }),
  ),
  ...["Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked\t ", "tRANSFER-eNCODING: CHUNKED"].map(
    (field): SmugglingCase => ({
      name: `chunks, spelled ${show(field)}`,
      bytes: post([field], chunked(HIDDEN)),
      expect: "either",
    }),
  ),
  ...LENGTHS.map(
    (length): SmugglingCase => ({
      name: `a length of ${show(length)}`,
      bytes: post([`Content-Length: ${length}`], "hello"),
      expect: "refused",
    }),
  ),
  {
    name: "a length with leading zeros",
    bytes: post(["Content-Length: 0005"], "hello"),
    expect: "either",
    absent: /content-length: *0\d/i,
  },
  {
    name: "a length beyond 32 bits",
    bytes: post(["Content-Length: 4294967301"], "hello"),
    expect: "incomplete",
  },
  {
    name: "CL.CL: the same length twice",
    bytes: post(["Content-Length: 5", "Content-Length: 5"], "hello"),
    expect: "refused",
  },
  {
    name: "CL.CL: two lengths, the shorter first",
    bytes: post(["Content-Length: 0", `Content-Length: ${HIDDEN.length}`], HIDDEN),
    expect: "refused",
  },
  {
    name: "CL.CL: two lengths, the longer first",
    bytes: post([`Content-Length: ${HIDDEN.length}`, "Content-Length: 0"], HIDDEN),
    expect: "refused",
  },
  {
    name: "a length with a blank before the colon",
    bytes: post([`Content-Length : ${HIDDEN.length}`], HIDDEN),
    expect: "refused",
  },
  {
    name: "a folded length",
    bytes: post([`Content-Length:\r\n ${HIDDEN.length}`], HIDDEN),
    expect: "refused",
  },
  ...BODY_METHODS.flatMap((method): SmugglingCase[] => [
    {
      name: `CL.0: ${method} with a length`,
      bytes: raw(`${method} / HTTP/1.1`, [`Content-Length: ${HIDDEN.length}`], HIDDEN),
      expect: "forwarded",
    },
    {
      name: `TE.0: ${method} with chunks`,
      bytes: raw(`${method} / HTTP/1.1`, [CHUNKED], chunked(HIDDEN)),
      expect: "forwarded",
    },
  ]),
  {
    name: "a body shorter than its length",
    bytes: post(["Content-Length: 500"], HIDDEN),
    expect: "incomplete",
  },
];
