import type { InferenceSession } from "onnxruntime-node";
import type { InputKind } from "../settings.ts";

/** Which of a graph's inputs and outputs are used. */
export interface GraphPorts {
  /** For `tokens`: names among TOKEN_INPUTS. For `text`: the one input. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** For `text`: dimensions of the input, 1 or 2. */
  readonly inputRank: number;
}

const TOKEN_INPUTS = ["input_ids", "attention_mask", "token_type_ids"] as const;

type Metadata = InferenceSession["inputMetadata"][number];

/**
 * @param outputs numbers due for one sequence.
 * @throws Error when the graph takes or answers something else, naming both.
 */
export function findPorts(
  session: Pick<InferenceSession, "inputNames" | "outputNames" | "inputMetadata" | "outputMetadata">,
  input: InputKind,
  outputs: number,
): GraphPorts {
  const { inputNames, inputMetadata } = session;
  const output = findOutput(session.outputMetadata, outputs);
  if (input === "tokens") {
    const unknown = inputNames.filter((name) => !(TOKEN_INPUTS as readonly string[]).includes(name));
    if (unknown.length > 0 || !inputNames.includes("input_ids")) {
      const remedy = inputMetadata.some((found) => typeOf(found) === "string")
        ? "; it takes texts: set input: text"
        : "";
      throw new Error(
        `the graph takes ${describe(inputMetadata)}; needed: at most ${TOKEN_INPUTS.join(", ")}${remedy}`,
      );
    }
    return { inputs: inputNames, output, inputRank: 2 };
  }
  const [only, ...others] = inputMetadata;
  if (only === undefined || others.length > 0 || typeOf(only) !== "string") {
    throw new Error(
      `the graph takes ${describe(inputMetadata)}; needed for input: text: one tensor of strings`,
    );
  }
  return { inputs: [only.name], output, inputRank: only.isTensor ? only.shape.length : 2 };
}

/** The output named logits, else the one float tensor that has the right width or none that is fixed. */
function findOutput(metadata: readonly Metadata[], outputs: number): string {
  const named = metadata.find(({ name }) => name === "logits");
  const fitting = metadata.filter((found) => {
    if (!found.isTensor || found.type !== "float32") return false;
    const width = found.shape.at(-1);
    return typeof width !== "number" || width === outputs;
  });
  const chosen = named ?? fitting[0];
  if (chosen === undefined || (named === undefined && fitting.length > 1)) {
    throw new Error(
      `the graph answers ${describe(metadata)}; needed: logits, or one float tensor with ${outputs} number(s) for each text`,
    );
  }
  return chosen.name;
}

function typeOf(found: Metadata): string {
  return found.isTensor ? found.type : "no tensor";
}

function describe(metadata: readonly Metadata[]): string {
  return metadata
    .map((found) => `${found.name} (${typeOf(found)}${found.isTensor ? ` [${found.shape.join(",")}]` : ""})`)
    .join(", ");
}
