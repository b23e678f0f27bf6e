"""The text normalisation both tokenizers share: MiniLM is uncased and was trained without accents."""

from tokenizers import Regex, normalizers

import code_points


def uncased() -> list[normalizers.Normalizer]:
    """BERT's cleaning, accent stripping and lower-casing, in steps that Rust and JavaScript carry out alike.

    NFKC is left out on purpose: the two libraries carry different Unicode versions of its table.
    """
    return [
        normalizers.Replace(Regex(f"[{code_points.controls()}]"), ""),
        normalizers.Replace(Regex(f"[{code_points.WHITESPACE}]"), " "),
        normalizers.NFD(),
        normalizers.Replace(Regex(f"[{code_points.accents()}]"), ""),
        normalizers.Lowercase(),
        normalizers.Replace("ς", "σ"),  # JavaScript lower-cases a final sigma by context, Rust does not
    ]
