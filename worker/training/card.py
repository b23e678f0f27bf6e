"""Model cards: the prose of cards/NAME.md with the measured figures put in."""

from pathlib import Path

from quality import Quality

CARDS = Path(__file__).resolve().parent / "cards"


def render(name: str, texts: dict[str, str]) -> str:
    """README.md of model `name`. Every `{{key}}` of the template is replaced; an unknown one raises KeyError."""
    card = (CARDS / f"{name}.md").read_text(encoding="utf-8")
    parts = card.split("{{")
    return parts[0] + "".join(texts[key] + rest for key, rest in (part.split("}}", 1) for part in parts[1:]))


def transformer_texts(settings: dict, figures: dict) -> dict[str, str]:
    """What a transformer's card may name, by key."""
    before, after, batching = figures["float"], figures["int8"], figures["batching"]
    moved = (
        f"on the {batching['texts']:,} validation texts, batches of {batching['batch']} in file order moved a logit by "
        f"{batching['mean_logit_difference']:.3f} on average and {batching['largest_logit_difference']:.2f} at most"
    )
    changed = f", and changed {batching['labels_changed']} labels" if "labels_changed" in batching else ""
    return {
        "megabytes": f"{figures['bytes'] / 1e6:.1f}",
        "vocabulary": f"{settings['vocabulary']:,}",
        "ways": _table(
            ("weights of the matrix products", _name(settings["metric"]), "saturates without VNNI"),
            [
                (w["name"] + (" **(shipped)**" if w["name"] == figures["quantisation"] else ""), _figure(settings["metric"], w),
                 "yes" if w["saturates_without_vnni"] else "no")
                for w in figures["quantisations_tried"]
            ],
        ),  # fmt: skip
        "way": figures["quantisation"],
        "epochs": str(settings["epochs"]),
        "batch": str(settings["batch"]),
        "rate": f"{settings['learning_rate']:g}",
        "batching": moved + changed,
        **_quality_texts(settings, {"float": before, "int8": after}),
    }


def forest_texts(settings: dict, figures: dict) -> dict[str, str]:
    """What a forest's card may name, by key."""
    parity = figures["parity"]
    return {
        "megabytes": f"{figures['bytes'] / 1e6:.1f}",
        "words": f"{figures['words']:,}",
        "trees": str(settings["trees"]),
        "leaves": str(settings["leaves"]),
        "parity": f"{parity['largest_difference']:.0e} at most on {parity['texts']:,} texts",
        **_quality_texts(settings, {"forest": figures["quality"]}),
    }


def _quality_texts(settings: dict, kinds: dict[str, Quality]) -> dict[str, str]:
    """Tables of every kind's quality; what is told per label is of the last one."""
    names = ("mae", "rmse", "r2") if "ratings" in settings else ("accuracy", "macro_recall", "macro_f1")
    *_, last = kinds.values()
    texts = {"summary": _table(("", *map(_name, names)), [(kind, *(_figure(n, q) for n in names)) for kind, q in kinds.items()])}
    if "ratings" in settings:
        texts["means"] = _table(("true rating", "mean answer"), [(rating, f"{mean:.2f}") for rating, mean in last["means"].items()])
        texts["range"] = f"{last['lowest']:.2f} to {last['highest']:.2f}"
        return texts
    texts["classes"] = _table(
        ("label", "precision", "recall", "F1", "texts"),
        [(n, *(_percent(c[k]) for k in ("precision", "recall", "f1")), str(c["support"])) for n, c in last["classes"].items()],
    )
    texts["confusion"] = _table(
        ("truth \\ answer", *settings["labels"]),
        [(n, *map(str, row)) for n, row in zip(settings["labels"], last["confusion"], strict=True)],
    )
    return texts | {kind: _figure(settings["metric"], quality) for kind, quality in kinds.items()}


_NAMES = {"macro_recall": "macro-recall", "macro_f1": "macro-F1", "mae": "MAE", "rmse": "RMSE", "r2": "R²"}


def _name(metric: str) -> str:
    return _NAMES.get(metric, metric)


def _figure(metric: str, quality: Quality) -> str:
    return f"{quality[metric]:.3f}" if metric in ("mae", "rmse", "r2") else _percent(quality[metric])


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f} %"


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
