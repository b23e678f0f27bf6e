import { h, render } from "preact";
import { PageView } from "./page-view.ts";
import { createPolling } from "./polling.ts";
import { findSpan } from "./spans.ts";
import { beginState, hear, type PageState } from "./state.ts";

/** For this tab only: gone when it is closed. */
const TOKEN_KEY = "blindsplit.token";
const SPAN_KEY = "blindsplit.span";

const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no element with the id page");
begin(root);

function begin(place: HTMLElement): void {
  let state = beginState(findSpan(sessionStorage.getItem(SPAN_KEY)));

  const polling = createPolling({
    fetch: (path, init) => fetch(path, init),
    now: () => Date.now(),
    later: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
    token: sessionStorage.getItem(TOKEN_KEY) ?? undefined,
    onSnapshot: (snapshot) => show(hear(state, snapshot, Date.now())),
    forgetToken: () => sessionStorage.removeItem(TOKEN_KEY),
    onContact: (contact) => show({ ...state, contact }),
  });

  const actions = {
    chooseSpan: (key: string) => {
      sessionStorage.setItem(SPAN_KEY, key);
      show({ ...state, span: findSpan(key) });
    },
    wish: (name: string, weight: number) => {
      const { [name]: _, ...others } = state.wished;
      show({ ...state, wished: { ...others, [name]: weight } });
    },
    forgetWishes: () => show({ ...state, wished: {} }),
    giveToken: (token: string) => {
      sessionStorage.setItem(TOKEN_KEY, token);
      polling.askNow(token);
    },
    askNow: () => polling.askNow(),
  };

  function show(next: PageState): void {
    state = next;
    document.title = titleOf(state);
    render(h(PageView, { state, actions }), place);
  }

  place.replaceChildren();
  show(state);
  document.addEventListener("visibilitychange", () => polling.setVisible(!document.hidden));
  polling.setVisible(!document.hidden);
}

function titleOf({ contact, snapshot }: PageState): string {
  const name = snapshot === undefined ? "blindsplit" : `${snapshot.experiment.name} · blindsplit`;
  return contact.kind === "lost" ? `(no answer) ${name}` : name;
}
