"""Classes of code points, written out as ranges.

A tokenizer runs twice: in the Rust library while training and in the JavaScript library while serving. `\\p{L}`, `\\s` and
"punctuation" mean something else in each (other Unicode versions, other lists), so a tokenizer that uses them cuts some
texts differently in Node. Explicit ranges mean the same everywhere. They come from Python's own Unicode tables.
"""

import unicodedata
from collections.abc import Callable

WHITESPACE = r"\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
_WHITESPACE_POINTS = {0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
# The CJK blocks that BERT isolates character by character.
CJK = (
    r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2B73F}"
    r"\x{2B740}-\x{2B81F}\x{2B820}-\x{2CEAF}\x{2F800}-\x{2FA1F}"
)


def regex_class(belongs: Callable[[str, str], bool]) -> str:
    """Body of a regex class with every code point for which `belongs(character, general category)` is true.

    Unassigned code points between two members join the range, which keeps the text short; surrogates never belong.
    """
    ranges: list[list[int]] = []
    gap = False
    for point in range(0x110000):
        character = chr(point)
        category = unicodedata.category(character)
        if category != "Cs" and belongs(character, category):
            if ranges and gap:
                ranges[-1][1] = point
            else:
                ranges.append([point, point])
            gap = True
        elif category != "Cn":
            gap = False
    return "".join(rf"\x{{{a:X}}}" if a == b else rf"\x{{{a:X}}}-\x{{{b:X}}}" for a, b in ranges)


def controls() -> str:
    """Characters that are removed: control, format, private use, unassigned, the replacement character; whitespace stays.

    Unassigned ones go because a library with newer tables decomposes some of them and one with older tables does not.
    """
    return regex_class(lambda c, k: (k in ("Cc", "Cf", "Co", "Cn") and ord(c) not in _WHITESPACE_POINTS) or c == "\ufffd")


def accents() -> str:
    """Non-spacing marks, removed after NFD."""
    return regex_class(lambda _, k: k == "Mn")


def punctuation() -> str:
    """BERT's punctuation: Unicode punctuation and every ASCII symbol."""
    return regex_class(lambda c, k: k[0] == "P" or 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126)


def letters() -> str:
    """Letters and the marks that belong to them."""
    return regex_class(lambda _, k: k[0] in "LM")


def numbers() -> str:
    return regex_class(lambda _, k: k[0] == "N")
