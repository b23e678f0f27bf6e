"""WordPiece tokenizer of distilbert-mini-sst2: BERT's rules in primitives that Rust and JavaScript share, and a cut vocabulary."""

import json
from collections import Counter
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

import code_points
import normalization

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def cut_vocabulary(pieces: dict[str, int], texts: list[str], size: int) -> list[str]:
    """The `size` pieces to keep out of MiniLM's, most frequent in `texts` first, in MiniLM's order.

    Kept whatever their frequency: the special tokens and the ASCII characters, alone and as continuation, so that every
    English word can still be spelled.
    """
    letters = [chr(c) for c in range(33, 127)]
    kept = dict.fromkeys(SPECIAL + [p for c in letters for p in (c, "##" + c) if p in pieces])
    full = assemble(list(pieces))
    counts = Counter(i for e in full.encode_batch(texts, add_special_tokens=False) for i in e.ids)
    by_id = {i: p for p, i in pieces.items()}
    ranking = sorted(pieces.values(), key=lambda i: (-counts[i], i))
    for i in ranking:
        if len(kept) >= size:
            break
        if not by_id[i].startswith("[unused"):
            kept.setdefault(by_id[i])
    special = set(SPECIAL)
    return SPECIAL + sorted((p for p in kept if p not in special), key=pieces.__getitem__)


def assemble(vocabulary: list[str]) -> Tokenizer:
    """A tokenizer over `vocabulary` (position = id) with BERT's uncased rules; neither padding nor truncation."""
    tokenizer = Tokenizer(models.WordPiece({p: i for i, p in enumerate(vocabulary)}, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.Sequence(normalization.uncased())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Split(Regex(f"[{code_points.punctuation()}{code_points.CJK}]"), "isolated"),
        ]
    )
    tokenizer.add_special_tokens(SPECIAL)
    ids = {t: tokenizer.token_to_id(t) for t in SPECIAL}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    return tokenizer


def read_pieces(tokenizer_json: Path) -> dict[str, int]:
    """Vocabulary (piece → id) of a WordPiece tokenizer.json."""
    return json.loads(tokenizer_json.read_text(encoding="utf-8"))["model"]["vocab"]
