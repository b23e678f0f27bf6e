import { chunked, HIDDEN, post, type SmugglingCase } from "./case.ts";

const inChunks = (body: string) => post(["Transfer-Encoding: chunked"], body);
const show = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Lines that begin a chunk of "hello" for some servers only. */
const SIZE_LINES = [
  "0x5\r\n",
  "5h\r\n",
  "5 \r\n",
  "5\t\r\n",
  " 5\r\n",
  "\t5\r\n",
  "+5\r\n",
  "-5\r\n",
  "5.\r\n",
  "5_\r\n",
  "\0" + "5\r\n",
  "5\0\r\n",
  "5\x0b\r\n",
  "\xb5\r\n",
  "five\r\n",
  "\r\n",
  "\r\n5\r\n",
  "\n5\r\n",
  "5\n",
  "5\r",
  "5\r\r\n",
  "5\n\r\n",
  "5,5\r\n",
  "10000000000000005\r\n",
  "ffffffffffffffff5\r\n",
  "5;x\n\r\n",
  "5;x\r5\r\n",
  "5;\0\r\n",
  '5;x="\r\n',
  '5;x="a\n"\r\n',
  `5;${"x".repeat(20_000)}\r\n`,
];

/** Extensions that the grammar permits: read, and never passed on. */
const EXTENSIONS = [";x=dropped", ";dropped", ';x="dropped"', ";x=dropped;y=dropped"];

const TRAILERS = [
  "Content-Length: 100",
  "Transfer-Encoding: chunked",
  "Host: dropped",
  "X-User-Id: dropped",
  "Cookie: model_session=dropped",
  "Authorization: dropped",
  "X-Forwarded-For: dropped",
  "X-Dropped: dropped",
  "Connection: close, dropped",
  "Content-Encoding: dropped",
];

const BAD_TRAILERS = [
  "X : y",
  "X: y\nZ: z",
  "X: y\r\n folded",
  "X\0: y",
  "X: y\0",
  ": y",
  "no colon",
  "GET /smuggled HTTP/1.1\r\nHost: a",
];

/** Chunks whose end, size, extension or trailer is read in different ways. */
export const chunks: readonly SmugglingCase[] = [
  ...SIZE_LINES.map(
    (line): SmugglingCase => ({
      name: `a chunk that begins with ${show(line)}`,
      bytes: inChunks(`${line}hello\r\n0\r\n\r\n${HIDDEN}`),
      expect: "refused",
    }),
  ),
  ...EXTENSIONS.map(
    (extension): SmugglingCase => ({
      name: `the extension ${show(extension)} is not passed on`,
      bytes: inChunks(`5${extension}\r\nhello\r\n0${extension}\r\n\r\n`),
      expect: "either",
      absent: /dropped|;/,
    }),
  ),
  ...[
    "hello",
    "hello\n",
    "hello\r",
    "hello\r\r\n",
    "hellohello\r\n",
    "hell\r\n",
    "hello \r\n",
    "hello\n\r\n",
  ].map(
    (data): SmugglingCase => ({
      name: `a chunk of 5 bytes that is ${show(data)}`,
      bytes: inChunks(`5\r\n${data}0\r\n\r\n${HIDDEN}`),
      expect: "refused",
    }),
  ),
  ...["0\n\r\n", "0\r\n\n", "0\n\n", "0 \r\n\r\n", "00x\r\n\r\n", "-0\r\n\r\n", "0\r\r\n\r\n"].map(
    (end): SmugglingCase => ({
      name: `chunks that end with ${show(end)}`,
      bytes: inChunks(`5\r\nhello\r\n${end}${HIDDEN}`),
      expect: "refused",
    }),
  ),
  ...["0", "000000", "0000000000000000"].map(
    (end): SmugglingCase => ({
      name: `chunks that end with a size of ${show(end)}`,
      bytes: inChunks(`5\r\nhello\r\n${end}\r\n\r\n`),
      expect: "either",
    }),
  ),
  {
    name: "a chunk size in capitals and with leading zeros",
    bytes: inChunks(`000A\r\n0123456789\r\n0\r\n\r\n`),
    expect: "either",
    present: /0123456789/,
  },
  {
    name: "a whole chunked request in one chunk",
    bytes: inChunks(chunked(inChunks(chunked(HIDDEN)))),
    expect: "forwarded",
  },
  {
    name: "chunks without an end",
    bytes: inChunks(`${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n`),
    expect: "incomplete",
  },
  {
    name: "a chunk of nearly 2^64 bytes",
    bytes: inChunks(`fffffffffffffffb\r\nhello\r\n0\r\n\r\n${HIDDEN}`),
    expect: "incomplete",
  },
  {
    name: "an end without its empty line",
    bytes: inChunks("5\r\nhello\r\n0\r\n"),
    expect: "incomplete",
  },
  ...TRAILERS.map(
    (trailer): SmugglingCase => ({
      name: `the trailer ${show(trailer)} is not passed on`,
      bytes: inChunks(chunked("hello", `${trailer}\r\n`)),
      expect: "either",
      absent: /dropped|: 100|GMT/i,
    }),
  ),
  ...BAD_TRAILERS.map(
    (trailer): SmugglingCase => ({
      name: `the trailer ${show(trailer)}`,
      bytes: inChunks(chunked("hello", `${trailer}\r\n`)),
      expect: "refused",
    }),
  ),
];
