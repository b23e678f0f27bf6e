"""Model cards: the prose of cards/NAME.md with the measured figures put in."""

from pathlib import Path

CARDS = Path(__file__).resolve().parent / "cards"


def render(name: str, settings: dict, figures: dict) -> str:
    """README.md of model `name`. Every `{{key}}` of the template is replaced; an unknown one raises KeyError."""
    before, after, batching = figures["float"], figures["int8"], figures["batching"]
    texts = {
        "megabytes": f"{figures['bytes'] / 1e6:.1f}",
        "vocabulary": f"{settings['vocabulary']:,}",
        "float": _percent(before[settings["metric"]]),
        "int8": _percent(after[settings["metric"]]),
        "summary": _table(
            ("", "accuracy", "macro-recall", "macro-F1"),
            [(kind, *(_percent(q[k]) for k in ("accuracy", "macro_recall", "macro_f1"))) for kind, q in (("float", before), ("int8", after))],
        ),
        "classes": _table(
            ("label", "precision", "recall", "F1", "texts"),
            [(n, *(_percent(c[k]) for k in ("precision", "recall", "f1")), str(c["support"])) for n, c in after["classes"].items()],
        ),
        "confusion": _table(
            ("truth \\ answer", *settings["labels"]),
            [(n, *map(str, row)) for n, row in zip(settings["labels"], after["confusion"], strict=True)],
        ),
        "ways": _table(
            ("weights of the matrix products", settings["metric"].replace("_", "-"), "saturates without VNNI"),
            [
                (w["name"] + (" **(shipped)**" if w["name"] == figures["quantisation"] else ""), _percent(w[settings["metric"]]),
                 "yes" if w["saturates_without_vnni"] else "no")
                for w in figures["quantisations_tried"]
            ],
        ),  # fmt: skip
        "way": figures["quantisation"],
        "epochs": str(settings["epochs"]),
        "batch": str(settings["batch"]),
        "rate": f"{settings['learning_rate']:g}",
        "batching": (
            f"on the {batching['texts']:,} validation texts, batches of {batching['batch']} in file order moved a logit by "
            f"{batching['mean_logit_difference']:.3f} on average and {batching['largest_logit_difference']:.2f} at most, and changed "
            f"{batching['labels_changed']} labels"
        ),
    }
    card = (CARDS / f"{name}.md").read_text(encoding="utf-8")
    parts = card.split("{{")
    return parts[0] + "".join(texts[key] + rest for key, rest in (part.split("}}", 1) for part in parts[1:]))


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
