import { nearest } from "../config/nearest.ts";

export type Choice =
  | { readonly kind: "serve" | "check" | "force-token"; readonly argv: readonly string[] }
  | { readonly kind: "error"; readonly message: string };

const COMMANDS = ["serve", "check", "force-token"] as const;
/** Of the whole product: its own entry reads them before this one; the gateway alone, as in its image, has none of them. */
const OF_ANALYSIS: readonly string[] = ["judge", "report", "plan", "outcomes"];

/** Which command the arguments after the script's name ask for; without one, the gateway is started. */
export function chooseCommand(argv: readonly string[]): Choice {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith("-")) return { kind: "serve", argv };
  if (first === "help") return rest.includes("--help") ? wrong(first) : chooseCommand([...rest, "--help"]);
  const kind = COMMANDS.find((command) => command === first);
  return kind === undefined ? wrong(first) : { kind, argv: rest };
}

function wrong(word: string): Choice {
  const known = [...COMMANDS, ...OF_ANALYSIS];
  if (OF_ANALYSIS.includes(word))
    return {
      kind: "error",
      message: `${word} is a command of the analysis, and this is the gateway alone: call it from the repository, as npm run blindsplit -- ${word}, or from the judge's image`,
    };
  const meant = nearest(word, known);
  const isFile = /[./]/.test(word);
  const remedy = isFile
    ? `to start the gateway with this file: --config ${word}; to check it: check ${word}`
    : meant === undefined
      ? `there is ${known.join(", ")}`
      : `did you mean ${meant}?`;
  return { kind: "error", message: `"${word.slice(0, 100)}" is no command: ${remedy}` };
}
