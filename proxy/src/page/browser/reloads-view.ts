import { h } from "preact";
import type { ReloadFacts } from "../snapshot.ts";
import { Card } from "./card-view.ts";
import { formatClockAndDay } from "./numbers.ts";

type Shown = Pick<ReloadFacts, "at" | "result"> & Partial<ReloadFacts>;

const SHOWN = 6;

/** @param reloads newest first */
export function Reloads({ reloads }: { reloads: readonly Shown[] }) {
  return h(
    Card,
    { id: "reloads", title: "Last reloads", size: "narrow" },
    reloads.length === 0
      ? h("p", { class: "detail" }, "None since this gateway began.")
      : h(
          "ol",
          { class: "reloads" },
          reloads.slice(0, SHOWN).map(({ at, result, trigger, problems = [] }) =>
            h("li", { key: at, class: result === "rejected" ? "look" : "" }, [
              h("p", {}, [
                h("time", { dateTime: new Date(at).toISOString() }, formatClockAndDay(at)),
                " ",
                h("strong", {}, result),
                trigger === undefined ? null : ` by ${trigger}`,
              ]),
              problems.length === 0
                ? null
                : h(
                    "ul",
                    {},
                    problems.map((problem) => h("li", {}, problem)),
                  ),
            ]),
          ),
        ),
  );
}
