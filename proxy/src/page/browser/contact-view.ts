import { h } from "preact";
import { formatClock } from "./numbers.ts";
import type { Contact } from "./polling.ts";

export function LostBanner({
  contact: { sinceMs, why },
  askNow,
}: {
  contact: Extract<Contact, { kind: "lost" }>;
  askNow(): void;
}) {
  return h("div", { class: "banner", role: "alert" }, [
    h("p", {}, [
      h("strong", {}, `No answer since ${formatClock(sinceMs)}`),
      `: ${why}. What is shown is from then; the page goes on asking, at least every 30 seconds.`,
    ]),
    h("button", { type: "button", onClick: askNow }, "Ask now"),
  ]);
}

export function TokenForm({ refused, give }: { refused: boolean; give(token: string): void }) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") return;
    event.currentTarget.reset();
    give(token.trim());
  };
  return h("form", { class: "token", onSubmit: submit }, [
    h("h2", {}, "This gateway asks for its token"),
    h(
      "p",
      {},
      "It is admin.token of its configuration. It stays in this tab and goes nowhere but to this gateway.",
    ),
    h("label", { for: "token" }, "Token"),
    h("div", { class: "field" }, [
      h("input", {
        id: "token",
        name: "token",
        type: "password",
        autoComplete: "off",
        required: true,
        "aria-describedby": refused ? "refused" : undefined,
      }),
      h("button", { type: "submit" }, "Show the figures"),
    ]),
    refused ? h("p", { id: "refused", class: "problem", role: "alert" }, "That is not the token.") : null,
  ]);
}
