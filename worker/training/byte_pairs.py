"""Byte-level BPE tokenizer of roberta-mini-tweets, trained on the tweets in lower case."""

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import code_points
import normalization

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def train(texts: list[str], size: int) -> Tokenizer:
    """A BPE of `size` tokens learnt from `texts`; neither padding nor truncation. Same texts, same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(normalizers.Replace(a, b) for a, b in (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"))),
            normalizers.Replace(Regex("[‘’]"), "'"),
            normalizers.Replace(Regex("[“”]"), '"'),
            *normalization.uncased(),
            normalizers.Replace(Regex(r"\x{20}+"), " "),
            normalizers.Strip(),
        ]
    )
    letters, numbers = code_points.letters(), code_points.numbers()
    words = rf"'(?:s|t|re|ve|m|ll|d)| ?[{letters}]+| ?[{numbers}]+| ?[^\x{{20}}{letters}{numbers}]+|\x{{20}}+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(words), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    # Matched after normalisation: the JavaScript library takes "</S>", which becomes "</s>", for the special token, Rust must too.
    special = [AddedToken(t, special=True, normalized=True) for t in SPECIAL]
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")],
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
