/** Commands that end by themselves. `outcomes` has commands of its own. */
export type Ending = "report" | "plan" | "outcomes send";

export type Choice =
  | { readonly kind: "gateway" }
  | { readonly kind: "judge" | Ending; readonly argv: readonly string[] }
  | { readonly kind: "error"; readonly message: string };

const OWN = ["judge", "report", "plan"] as const;

/** Which command the arguments after the script's name ask for; what is not of the analysis is the gateway's to read. */
export function chooseCommand(argv: readonly string[]): Choice {
  const [first, second, ...rest] = argv;
  if (first === "help" && second !== "help" && second !== undefined) {
    const chosen = chooseCommand([second, ...rest, "--help"]);
    return chosen.kind === "gateway" ? { kind: "gateway" } : chosen;
  }
  const own = OWN.find((command) => command === first);
  if (own !== undefined) return { kind: own, argv: argv.slice(1) };
  return first === "outcomes" ? chooseOutcomes(argv.slice(1)) : { kind: "gateway" };
}

function chooseOutcomes([first, ...rest]: readonly string[]): Choice {
  if (first === "send") return { kind: "outcomes send", argv: rest };
  if (first === "--help" || first === "-h") return { kind: "outcomes send", argv: ["--help"] };
  const said = first === undefined ? "" : ` ${JSON.stringify(first.slice(0, 100))}`;
  return { kind: "error", message: `outcomes${said} is no command: there is outcomes send FILE` };
}
