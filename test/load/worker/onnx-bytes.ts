/*
 * Just enough of onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3) to write small graphs, and to
 * append nodes to a graph that is there: in protocol buffers, a message that is followed by another one of its kind is
 * both merged, lists one after the other.
 */
const VARINT = 0;
const BYTES = 2;
const INT64 = 7;
const FLOAT = 1;

type Type = typeof INT64 | typeof FLOAT;

export const int64: Type = INT64;
export const float: Type = FLOAT;

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

function message(field: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint((field << 3) | BYTES), varint(content.length), content]);
}

const text = (field: number, value: string) => message(field, Buffer.from(value));
const whole = (field: number, value: number | bigint) =>
  Buffer.concat([varint((field << 3) | VARINT), varint(value)]);

/** One operation, in GraphProto.node. */
export function node(
  operation: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Buffer[] = [],
) {
  const names = inputs.map((input) => text(1, input));
  return message(1, ...names, text(2, output), text(3, `${output} node`), text(4, operation), ...attributes);
}

/** A whole number, or a list of them, as an attribute of an operation. */
export function attribute(name: string, value: number | readonly number[]): Buffer {
  const [one, list] = [2, 7];
  return typeof value === "number"
    ? message(5, text(1, name), whole(3, value), whole(20, one))
    : message(5, text(1, name), ...value.map((each) => whole(8, each)), whole(20, list));
}

/** A constant of one dimension, in GraphProto.initializer. */
export function constant(name: string, values: readonly (number | bigint)[]): Buffer {
  return message(
    5,
    whole(1, values.length),
    whole(2, INT64),
    message(7, ...values.map(varint)),
    text(8, name),
  );
}

/** @param dimensions each a size, or a name where it is free. */
function value(field: number, name: string, type: Type, dimensions: readonly (string | number)[]): Buffer {
  const shape = dimensions.map((size) =>
    message(1, typeof size === "string" ? text(2, size) : whole(1, size)),
  );
  return message(field, text(1, name), message(2, message(1, whole(1, type), message(2, ...shape))));
}

export const input = (name: string, type: Type, dimensions: readonly (string | number)[]) =>
  value(11, name, type, dimensions);
export const output = (name: string, type: Type, dimensions: readonly (string | number)[]) =>
  value(12, name, type, dimensions);

/** ModelProto.graph: a part of a model, to be put behind another. */
export function graph(...parts: readonly Buffer[]): Buffer {
  return message(7, ...parts);
}

/** A model of its own. */
export function model(name: string, ...parts: readonly Buffer[]): Buffer {
  const [irVersion, operations] = [8, 17];
  return Buffer.concat([
    whole(1, irVersion),
    message(8, whole(2, operations)),
    graph(text(2, name), ...parts),
  ]);
}
