"""Random forests over TF-IDF, and their ONNX graphs that take the text itself."""

import copy
import re
from typing import Any

import numpy as np
import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import StringTensorType
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline

from data import Examples

# ASCII only: RE2, which onnxruntime cuts with, and Python's `re` agree about these, not about \w and \b.
WORD = r"[a-z0-9']+"
TARGET_OPSET = {"": 17, "ai.onnx.ml": 3}
_CAPITALS = re.compile("[A-Z]+")


def lower(text: str) -> str:
    """Lower-cases ASCII alone, as the graph does: all else depends on locales, which a container need not have."""
    return _CAPITALS.sub(lambda found: found[0].lower(), text)


def fit(examples: Examples, settings: dict[str, Any]) -> Pipeline:
    """A fitted pipeline from texts to a label's index, or to a rating where the settings have `ratings`.

    No row is scaled to length 1: a word's weight is then a count times its idf, far from every threshold between two
    such values, so that float32 arithmetic in another order cannot lead to another leaf.
    """
    words = TfidfVectorizer(
        lowercase=False, preprocessor=lower, token_pattern=WORD, max_features=settings["vocabulary"], norm=None, dtype=np.float32
    )
    kind = RandomForestRegressor if "ratings" in settings else RandomForestClassifier
    trees = kind(
        n_estimators=settings["trees"], max_leaf_nodes=settings["leaves"], max_features=settings["split_features"],
        random_state=settings["seed"], n_jobs=1,
    )  # fmt: skip
    return Pipeline([("words", words), ("trees", trees)]).fit(examples.texts, examples.labels)


def answer(pipeline: Pipeline, texts: list[str]) -> np.ndarray:
    """What scikit-learn says: probabilities [texts, labels], or ratings [texts, 1]."""
    if isinstance(pipeline["trees"], RandomForestRegressor):
        return pipeline.predict(texts).reshape(-1, 1)
    return pipeline.predict_proba(texts)


def graph(pipeline: Pipeline) -> onnx.ModelProto:
    """The ONNX graph: input `text`, string [batch, 1]; outputs `label` and `probabilities` [batch, labels], or `variable` [batch, 1]."""
    convertible = copy.copy(pipeline["words"])
    # The converter knows no preprocessor; with the locale "C" its own lower-casing is that of `lower`.
    convertible.set_params(preprocessor=None, lowercase=True)
    trees = pipeline["trees"]
    options: dict[Any, dict] = {TfidfVectorizer: {"locale": "C"}}
    if isinstance(trees, RandomForestClassifier):
        options[id(trees)] = {"zipmap": False}
    return convert_sklearn(
        Pipeline([("words", convertible), ("trees", trees)]), "forest", initial_types=[("text", StringTensorType([None, 1]))],
        options=options, target_opset=TARGET_OPSET,
    )  # fmt: skip
