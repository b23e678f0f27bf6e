import { h } from "preact";
import { formatClock, formatLength } from "./numbers.ts";
import type { Actions } from "./page-view.ts";
import { SPANS } from "./spans.ts";
import { type PageState, seenMs } from "./state.ts";

export function Header({ state, actions }: { state: PageState; actions: Actions }) {
  const { snapshot } = state;
  return h("header", {}, [
    h("div", { class: "title" }, [
      h("h1", {}, snapshot?.experiment.name ?? "blindsplit"),
      snapshot === undefined ? null : h("p", {}, identify(snapshot)),
    ]),
    h(Liveness, { state }),
    snapshot === undefined || snapshot.masked
      ? null
      : h(SpanChoice, { state, chooseSpan: actions.chooseSpan }),
  ]);
}

function identify(snapshot: NonNullable<PageState["snapshot"]>) {
  const phase = `phase ${snapshot.experiment.phase}`;
  const hash = snapshot.masked ? undefined : snapshot.gateways[0]?.numbers?.configHash;
  return hash === undefined ? phase : [`${phase} · configuration `, h("code", {}, hash)];
}

function Liveness({ state: { contact, heardAt } }: { state: PageState }) {
  const said = {
    live: "live",
    asking: "asking",
    lost: "no answer",
    locked: "locked",
  }[contact.kind];
  return h("p", { class: `liveness ${contact.kind}` }, [
    h("span", { class: "lamp", "aria-hidden": "true" }),
    h("strong", {}, said),
    heardAt === undefined ? null : h("span", {}, ` as of ${formatClock(heardAt)}`),
  ]);
}

function SpanChoice({ state, chooseSpan }: { state: PageState; chooseSpan(key: string): void }) {
  const seen = seenMs(state);
  return h("fieldset", { class: "spans" }, [
    h("legend", {}, "Figures of"),
    h(
      "div",
      { class: "choices" },
      SPANS.map(({ key, name }) =>
        h("label", { key }, [
          h("input", {
            type: "radio",
            name: "span",
            value: key,
            checked: key === state.span.key,
            onChange: () => chooseSpan(key),
          }),
          h("span", {}, name),
        ]),
      ),
    ),
    h("p", { class: "seen" }, seen === undefined ? "" : `seen so far: ${formatLength(seen)}`),
  ]);
}
