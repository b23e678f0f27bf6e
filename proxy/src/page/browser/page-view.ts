import { type ComponentChildren, h } from "preact";
import { LostBanner, TokenForm } from "./contact-view.ts";
import { Errors } from "./errors-view.ts";
import { Header } from "./header-view.ts";
import { DriftAndLabels } from "./labels-view.ts";
import { Latency } from "./latency-view.ts";
import { MaskedPage } from "./masked-view.ts";
import { Gateways, Workers } from "./processes-view.ts";
import { Reloads } from "./reloads-view.ts";
import { figuresOf, type PageState, statementsOf } from "./state.ts";
import { Statements } from "./statements-view.ts";
import { Traffic } from "./traffic-view.ts";
import { Validity } from "./validity-view.ts";
import { Verdict } from "./verdict-view.ts";
import { WhatIfCard } from "./what-if-view.ts";

export interface Actions {
  chooseSpan(key: string): void;
  wish(name: string, weight: number): void;
  forgetWishes(): void;
  giveToken(token: string): void;
  askNow(): void;
}

export function PageView({ state, actions }: { state: PageState; actions: Actions }) {
  const { contact, announcement } = state;
  return h("div", { class: `page ${contact.kind}` }, [
    h("a", { class: "skip", href: "#figures" }, "Skip to the figures"),
    h(Header, { state, actions }),
    contact.kind === "lost" ? h(LostBanner, { contact, askNow: actions.askNow }) : null,
    h("p", { class: "spoken", "aria-live": "polite" }, announcement.text),
    h("main", { id: "figures", tabIndex: -1 }, bodyOf(state, actions)),
    state.snapshot?.masked === false ? h(Footer, {}) : null,
  ]);
}

function bodyOf(state: PageState, actions: Actions): ComponentChildren {
  const { contact, snapshot, history, span } = state;
  if (contact.kind === "locked") return h(TokenForm, { refused: contact.refused, give: actions.giveToken });
  if (snapshot === undefined) return h("p", { class: "waiting" }, "Waiting for the first numbers …");
  if (snapshot.masked) return h(MaskedPage, { snapshot });
  const variants = figuresOf(state);
  const { verdict, at } = snapshot;
  return h("div", { class: "cards" }, [
    verdict === undefined ? null : h(Verdict, { verdict, at }),
    h(Statements, { statements: statementsOf(state), span }),
    h(Validity, { variants, gateways: snapshot.gateways, workers: snapshot.workers }),
    h(Traffic, { variants, history }),
    h(DriftAndLabels, { variants }),
    h(Latency, {
      title: "Model time",
      about: "The run of the model that served a text",
      of: "inference",
      variants,
      history,
      span,
    }),
    h(Latency, {
      title: "Callers' wait",
      about: "Answers with status 200, from the request's head to the answer's end",
      of: "wait",
      variants,
      history,
      span,
    }),
    h(Workers, { workers: snapshot.workers, variants, history, span }),
    h(Errors, { variants }),
    h(Gateways, { gateways: snapshot.gateways, history }),
    h(Reloads, { reloads: snapshot.reloads }),
    h(WhatIfCard, { variants: snapshot.variants, wished: state.wished, actions }),
  ]);
}

function Footer() {
  return h(
    "footer",
    {},
    h(
      "p",
      {},
      "Every figure is a difference between counters of the processes' /metrics, taken in this page; the gateway keeps nothing for it. Closing the page forgets its past.",
    ),
  );
}
