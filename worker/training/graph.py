"""The ONNX graph of either model, written operator by operator from its state dict.

Inputs `input_ids` and `attention_mask`, int64 [batch, sequence]; output `logits`, float32 [batch, labels]. Standard operators
of opset 17 only. Query, key and value are one matrix product, which saves two activation quantisations per layer.
"""

from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


@dataclass(frozen=True)
class Names:
    """Where a state dict keeps the parts of the encoder; `{}` is the number of the layer."""

    embeddings: str
    layer: str
    query: str
    key: str
    value: str
    attention_output: str
    attention_norm: str
    inner: str
    outer: str
    norm: str
    head: str
    out: str
    activation: str


DISTILBERT = Names(
    "distilbert.embeddings", "distilbert.transformer.layer.{}", "attention.q_lin", "attention.k_lin", "attention.v_lin",
    "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm", "pre_classifier", "classifier", "Relu",
)  # fmt: skip
ROBERTA = Names(
    "roberta.embeddings", "roberta.encoder.layer.{}", "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
    "classifier.dense", "classifier.out_proj", "Tanh",
)  # fmt: skip


class Graph:
    """Collects nodes and weights; every method returns the name of the tensor it adds."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        self.state = {k: v.detach().float().numpy() for k, v in state.items()}
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.weights.setdefault(name, numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.constant(f"float_{value}", np.array(value, dtype=np.float32))

    def add(self, operator: str, *inputs: str, name: str = "", outputs: int = 1, **attributes) -> str | list[str]:
        name = name or f"{operator}_{len(self.nodes)}"
        results = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, results, name=name, **attributes))
        return results[0] if outputs == 1 else results

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        product = self.add("MatMul", x, self.constant(f"{name}.weight", weight.T), name=f"{name}.MatMul")
        return self.add("Add", self.constant(f"{name}.bias", bias), product)

    def dense(self, x: str, name: str) -> str:
        return self.linear(x, name, self.state[f"{name}.weight"], self.state[f"{name}.bias"])

    def norm(self, x: str, name: str) -> str:
        scale = self.constant(f"{name}.weight", self.state[f"{name}.weight"])
        bias = self.constant(f"{name}.bias", self.state[f"{name}.bias"])
        return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-12)

    def gelu(self, x: str) -> str:
        erf = self.add("Erf", self.add("Div", x, self.number(float(np.float32(np.sqrt(2.0))))))
        return self.add("Mul", self.add("Mul", x, self.add("Add", erf, self.number(1.0))), self.number(0.5))


def build(state: dict[str, torch.Tensor], names: Names, layers: int, heads: int, labels: int, padding: int) -> onnx.ModelProto:
    """The float graph of `state`. For RoBERTa the positions are counted inside, from `padding` + 1, padding not counted."""
    g = Graph(state)
    x = g.norm(_embed(g, names, padding), f"{names.embeddings}.LayerNorm")
    # 0 where attended, a large negative number where padded, [batch, 1, 1, sequence]
    absent = g.add("Sub", g.number(1.0), g.add("Cast", "attention_mask", to=TensorProto.FLOAT))
    mask = g.add("Unsqueeze", g.add("Mul", absent, g.number(-1e9)), g.integers(1, 2))
    for i in range(layers):
        x = _layer(g, x, mask, names, names.layer.format(i), heads, last=i == layers - 1)
    head = g.add(names.activation, g.dense(g.add("Squeeze", x, g.integers(1)), names.head))
    g.dense(head, names.out)
    g.nodes[-1].output[0] = "logits"
    shape = ["batch", "sequence"]
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])]
    graph = helper.make_graph(g.nodes, "classifier", inputs, outputs, list(g.weights.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="blindsplit")
    onnx.checker.check_model(model, full_check=True)
    return model


def _embed(g: Graph, names: Names, padding: int) -> str:
    table = g.constant("words", g.state[f"{names.embeddings}.word_embeddings.weight"])
    words = g.add("Gather", table, "input_ids", name="embed_words")
    positions = g.state[f"{names.embeddings}.position_embeddings.weight"]
    if names is ROBERTA:
        positions = positions + g.state[f"{names.embeddings}.token_type_embeddings.weight"][0]
        same = g.add("Cast", g.add("Equal", "input_ids", g.constant("padding", np.array(padding))), to=TensorProto.INT64)
        present = g.add("Sub", g.constant("one", np.array(1)), same)
        counted = g.add("Mul", g.add("CumSum", present, g.constant("axis", np.array(1))), present)
        index = g.add("Add", counted, g.constant("padding", np.array(padding)))
    else:
        length = g.add("Gather", g.add("Shape", "input_ids"), g.constant("one", np.array(1)))
        index = g.add("Range", g.constant("zero", np.array(0)), length, g.constant("one", np.array(1)))
    return g.add("Add", words, g.add("Gather", g.constant("positions", positions), index, name="embed_positions"))


def _layer(g: Graph, x: str, mask: str, names: Names, layer: str, heads: int, last: bool) -> str:
    """One encoder layer. The last one computes its output for the first token only: the head reads no other."""
    weights, biases = (
        [g.state[f"{layer}.{n}.{kind}"] for n in (names.query, names.key, names.value)] for kind in ("weight", "bias")
    )
    hidden = weights[0].shape[0]
    root = np.float32((hidden // heads) ** -0.5)  # the scale of the attention goes into the query
    weights[0], biases[0] = weights[0] * root, biases[0] * root
    if last:
        first = g.add("Gather", x, g.integers(0), axis=1, name="first_token")
        query = g.add("Reshape", g.linear(first, f"{layer}.query", weights[0], biases[0]), g.integers(0, 0, heads, hidden // heads))
        key, value = _project(g, x, f"{layer}.kv", weights[1:], biases[1:], heads)
        x = first
    else:
        query, key, value = _project(g, x, f"{layer}.qkv", weights, biases, heads)
    query, value = (g.add("Transpose", t, perm=[0, 2, 1, 3]) for t in (query, value))
    key = g.add("Transpose", key, perm=[0, 2, 3, 1])
    attention = g.add("Softmax", g.add("Add", g.add("MatMul", query, key, name=f"{layer}.scores"), mask), axis=-1)
    context = g.add("Transpose", g.add("MatMul", attention, value, name=f"{layer}.context"), perm=[0, 2, 1, 3])
    context = g.add("Reshape", context, g.integers(0, 0, hidden))
    x = g.norm(g.add("Add", x, g.dense(context, f"{layer}.{names.attention_output}")), f"{layer}.{names.attention_norm}")
    inner = g.gelu(g.dense(x, f"{layer}.{names.inner}"))
    return g.norm(g.add("Add", x, g.dense(inner, f"{layer}.{names.outer}")), f"{layer}.{names.norm}")


def _project(g: Graph, x: str, name: str, weights: list[np.ndarray], biases: list[np.ndarray], heads: int) -> list[str]:
    """Several projections of `x` in one product, each as [batch, sequence, heads, hidden / heads]."""
    count, hidden = len(weights), weights[0].shape[0]
    product = g.linear(x, name, np.concatenate(weights), np.concatenate(biases))
    parts = g.add("Split", g.add("Reshape", product, g.integers(0, 0, count, heads, hidden // heads)), axis=2, outputs=count)
    return [g.add("Squeeze", part, g.integers(2)) for part in parts]
