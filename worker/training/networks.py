"""The two PyTorch models, initialised from MiniLM."""

import torch
from tokenizers import Tokenizer
from transformers import DistilBertConfig, DistilBertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

import start_weights

State = dict[str, torch.Tensor]


def label_names(labels: list[str]) -> dict:
    return {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}


def distilbert(vocabulary: list[str], pieces: dict[str, int], settings: dict) -> DistilBertForSequenceClassification:
    """DistilBERT over `vocabulary`, a subset of MiniLM's `pieces` (piece → MiniLM's id), layers from `start_layers`."""
    config = DistilBertConfig(
        vocab_size=len(vocabulary), dim=start_weights.HIDDEN, hidden_dim=start_weights.INTERMEDIATE, n_heads=start_weights.HEADS,
        n_layers=len(settings["start_layers"]), max_position_embeddings=start_weights.POSITIONS, pad_token_id=0,
        dropout=settings["dropout"], attention_dropout=settings["attention_dropout"], seq_classif_dropout=settings["dropout"],
        **label_names(settings["labels"]),
    )  # fmt: skip
    model = DistilBertForSequenceClassification(config)
    start = start_weights.load()
    rows = torch.tensor([pieces[p] for p in vocabulary])
    state = {
        "embeddings.word_embeddings.weight": start["embeddings.word_embeddings.weight"][rows],
        "embeddings.position_embeddings.weight": start["embeddings.position_embeddings.weight"],
        **_copy(start, "embeddings.LayerNorm", "embeddings.LayerNorm"),
    }
    names = {
        "attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin", "attention.self.value": "attention.v_lin",
        "attention.output.dense": "attention.out_lin", "attention.output.LayerNorm": "sa_layer_norm",
        "intermediate.dense": "ffn.lin1", "output.dense": "ffn.lin2", "output.LayerNorm": "output_layer_norm",
    }  # fmt: skip
    for target, source in enumerate(settings["start_layers"]):
        for theirs, ours in names.items():
            state |= _copy(start, f"encoder.layer.{source}.{theirs}", f"transformer.layer.{target}.{ours}")
    _load(model.distilbert, state)
    return model


def tiny_distilbert(vocabulary: list[str], pieces: dict[str, int], settings: dict) -> DistilBertForSequenceClassification:
    """A small DistilBERT with one output, a rating. Only its word embeddings start from MiniLM's, reduced to fewer columns."""
    config = DistilBertConfig(
        vocab_size=len(vocabulary), dim=settings["hidden"], hidden_dim=settings["intermediate"], n_heads=settings["heads"],
        n_layers=settings["layers"], max_position_embeddings=start_weights.POSITIONS, pad_token_id=0,
        dropout=settings["dropout"], attention_dropout=settings["attention_dropout"], seq_classif_dropout=settings["dropout"],
        num_labels=1, problem_type="regression",
    )  # fmt: skip
    model = DistilBertForSequenceClassification(config)
    words = start_weights.load()["embeddings.word_embeddings.weight"][torch.tensor([pieces[p] for p in vocabulary])]
    words = words - words.mean(dim=0)
    _, _, directions = torch.linalg.svd(words, full_matrices=False)
    reduced = words @ directions[: settings["hidden"]].T
    ratings = list(settings["ratings"].values())
    with torch.no_grad():
        model.distilbert.embeddings.word_embeddings.weight.copy_(reduced * (0.05 / reduced.std()))
        model.classifier.bias.fill_(sum(ratings) / len(ratings))
    return model


def roberta(tokenizer: Tokenizer, pieces: Tokenizer, settings: dict) -> RobertaForSequenceClassification:
    """RoBERTa over a BPE `tokenizer`; a token starts as the mean of the MiniLM pieces its decoded text is cut into.

    Token-type embeddings are one row of zeros; positions are MiniLM's, two further on (RoBERTa counts from padding id + 1).
    """
    padding = tokenizer.token_to_id("<pad>")
    size = tokenizer.get_vocab_size()
    config = RobertaConfig(
        vocab_size=size, hidden_size=start_weights.HIDDEN, intermediate_size=start_weights.INTERMEDIATE,
        num_attention_heads=start_weights.HEADS, num_hidden_layers=len(settings["start_layers"]), layer_norm_eps=1e-12,
        max_position_embeddings=start_weights.POSITIONS + padding + 1, type_vocab_size=1, pad_token_id=padding,
        bos_token_id=tokenizer.token_to_id("<s>"), eos_token_id=tokenizer.token_to_id("</s>"),
        hidden_dropout_prob=settings["dropout"], attention_probs_dropout_prob=settings["attention_dropout"], **label_names(settings["labels"]),
    )  # fmt: skip
    model = RobertaForSequenceClassification(config)
    start = start_weights.load()
    positions = torch.zeros(start_weights.POSITIONS + padding + 1, start_weights.HIDDEN)
    positions[padding + 1 :] = start["embeddings.position_embeddings.weight"]
    state = {
        "embeddings.word_embeddings.weight": mean_of_pieces(tokenizer, pieces, start["embeddings.word_embeddings.weight"]),
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": torch.zeros(1, start_weights.HIDDEN),
        **_copy(start, "embeddings.LayerNorm", "embeddings.LayerNorm"),
    }
    for target, source in enumerate(settings["start_layers"]):
        prefix = f"encoder.layer.{source}."
        state |= {f"encoder.layer.{target}.{k[len(prefix):]}": v for k, v in start.items() if k.startswith(prefix)}
    _load(model.roberta, state)
    return model


def mean_of_pieces(tokenizer: Tokenizer, pieces: Tokenizer, embeddings: torch.Tensor) -> torch.Tensor:
    """Embeddings [size of `tokenizer`, hidden] out of MiniLM's [pieces, hidden]; tokens without a text start as [UNK]."""
    special = {"<s>": "[CLS]", "</s>": "[SEP]", "<pad>": "[PAD]", "<unk>": "[UNK]", "<mask>": "[MASK]"}
    unknown = pieces.token_to_id("[UNK]")
    rows = []
    for i in range(tokenizer.get_vocab_size()):
        token = tokenizer.id_to_token(i)
        if token in special:
            ids = [pieces.token_to_id(special[token])]
        else:
            text = tokenizer.decoder.decode([token])
            inside_word = not text.startswith(" ") and text.strip().isalnum() and pieces.token_to_id("##" + text) is not None
            whole = pieces.token_to_id(text.strip()) is not None
            ids = [pieces.token_to_id("##" + text)] if inside_word and not whole else pieces.encode(text, add_special_tokens=False).ids
        rows.append(embeddings[torch.tensor(ids or [unknown])].mean(dim=0))
    return torch.stack(rows)


def _copy(start: State, source: str, target: str) -> State:
    return {f"{target}.{kind}": start[f"{source}.{kind}"] for kind in ("weight", "bias")}


def _load(model: torch.nn.Module, state: State) -> None:
    missing, unexpected = model.load_state_dict(state, strict=False)
    left_out = [name for name in missing if not name.endswith(("position_ids", "token_type_ids"))]
    if left_out or unexpected:
        raise RuntimeError(f"start weights do not fit: missing {left_out}, unexpected {unexpected}")
