import { nearest } from "../config/nearest.ts";

export type Choice =
  | { readonly kind: "serve" | "check" | "force-token"; readonly argv: readonly string[] }
  | { readonly kind: "error"; readonly message: string };

const COMMANDS = ["serve", "check", "force-token"] as const;

/** Which command the arguments after the script's name ask for; without one, the gateway is started. */
export function chooseCommand(argv: readonly string[]): Choice {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith("-")) return { kind: "serve", argv };
  if (first === "help") return rest.includes("--help") ? wrong(first) : chooseCommand([...rest, "--help"]);
  const kind = COMMANDS.find((command) => command === first);
  return kind === undefined ? wrong(first) : { kind, argv: rest };
}

function wrong(word: string): Choice {
  const meant = nearest(word, COMMANDS);
  const isFile = /[./]/.test(word);
  const remedy = isFile
    ? `to start the gateway with this file: --config ${word}; to check it: check ${word}`
    : meant === undefined
      ? `there is ${COMMANDS.join(", ")}`
      : `did you mean ${meant}?`;
  return { kind: "error", message: `"${word.slice(0, 100)}" is no command: ${remedy}` };
}
