"""From a fitted forest to a model directory, its figures and its card."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx

import card
import data
import forest
import inference
import model_directory
import parity_texts
from networks import label_names
from quality import judge

# Generated texts on which graph and scikit-learn must agree, beside the validation texts.
GENERATED = 1000
TOLERANCE = 1e-4


def export(name: str, settings: dict[str, Any], root: Path, target: Path) -> dict:
    """Fits `name` on its data sets below `root`, writes the model directory `target` and returns the figures for the manifest.

    Raises RuntimeError when the graph and scikit-learn disagree or the file is larger than `max_bytes`.
    """
    examples, validation = (data.load(root, settings, split) for split in ("train", "validation"))
    pipeline = forest.fit(examples, settings)
    model = forest.graph(pipeline)
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    if len(content) > settings["max_bytes"]:
        raise RuntimeError(f"{name} has {len(content)} bytes, allowed are {settings['max_bytes']}")
    texts = validation.texts + parity_texts.generate(GENERATED, settings["seed"])
    expected = forest.answer(pipeline, texts)
    answers = inference.run_texts(inference.session(content), texts)
    difference = float(np.abs(answers - expected).max())
    if difference > TOLERANCE:
        raise RuntimeError(f"{name}: graph and scikit-learn differ by {difference}")
    figures = {
        "metric": settings["metric"],
        "quality": judge(answers[: len(validation.texts)], validation.labels, settings),
        "words": len(pipeline["words"].vocabulary_),
        "nodes": sum(tree.tree_.node_count for tree in pipeline["trees"].estimators_),
        "bytes": len(content),
        "parity": {"texts": len(texts), "largest_difference": difference},
    }
    kind = {"problem_type": "regression"} if "ratings" in settings else {"problem_type": "single_label_classification"}
    labels = {} if "ratings" in settings else label_names(settings["labels"])
    config = {"model_type": "random-forest", **kind, **labels}
    model_directory.replace(
        target,
        {
            "onnx/model.onnx": content,
            "config.json": (json.dumps(config, indent=2) + "\n").encode(),
            "README.md": card.render(name, card.forest_texts(settings, figures)).encode(),
        },
    )
    return figures
