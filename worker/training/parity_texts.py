"""Generated texts on which Python and Node must agree: seeded, nothing in them comes from a data set."""

import random

_WORDS = (
    "the a this film movie was is not n't good bad great awful I you we love hate like meh so very never always don't can't "
    "plot actor service phone battery @user #fail #Winter http https://example.org/a?b=c&d=1 :) :-( <3 lol OMG 10/10 3.5 50% $5 "
    "&amp; &lt; ... — – ’ “quoted” 'tis U.S. e-mail C++ well-made unbelievable [CLS [MASK <mask <s [UNK] <pad> </s> [SEP]"
).split()
_AWKWARD = (
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "😍😍😍", "❤️", "🇩🇪", "1️⃣", "中文字符", "日本語テキスト", "한국어", "𠀀𠮷", "שלום עולם", "مرحبا بالعالم", "हिन्दी", "ภาษาไทย",
    "café", "cafe\u0301", "naïve", "Å", "A\u030a", "ﬁne", "ﬃ", "½", "№", "™", "ℌ𝔢𝔩𝔩𝔬", "ｆｕｌｌ", "İstanbul", "ıI", "ΟΔΟΣ", "Σίσυφος ΣΑΣ Σ", "straße STRASSE ẞ",
    "ǅ", "Ǆ", "\u0000", "\u0001\u0007\u001b", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u1680", "\u180e", "\u2000", "\u2009", "\u200b", "\u200c", "\u200d", "\u200e\u200f",
    "\u2028", "\u2029", "\u202e", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff", "\ufffd", "\ufffe", "\ue000", "\U000e0041", "\U000f0000", "\t", "\n", "\r\n", "\v\f",
    "  ", "\u0301", "z\u0351\u036b\u0343\u034a", "́'s", "'S", "'LL", "''", "``", "´", "¨", "͂", "¿", "¡", "।", "、。", "·", "٣٤٥", "Ⅷ", "②", "x²", "\U0001f9ff", "𞤀𞤢", "Ꭰꭰ", "ᲐᲑ", "ꙮ",
)  # fmt: skip


def generate(count: int, seed: int) -> list[str]:
    """`count` texts: fixed awkward ones first, then seeded mixtures of words, awkward pieces and any code points."""
    rng = random.Random(seed)
    texts = ["", " ", *_AWKWARD, *(f"a{p}b" for p in _AWKWARD), *(f"Good {p} Bad." for p in _AWKWARD)]
    texts += ["good " * 4000, "x" * 20000, "Ab1 " * 5000, "é" * 20000, "😍" * 10000, "中" * 20000, "!" * 20000, " " * 20000, "'" * 5001, "\u0301" * 20000]
    while len(texts) < count:
        pieces = []
        for _ in range(rng.randint(1, 40)):
            kind = rng.random()
            if kind < 0.75:
                word = rng.choice(_WORDS)
                pieces.append(word.upper() if rng.random() < 0.1 else word)
            elif kind < 0.93:
                pieces.append(rng.choice(_AWKWARD))
            else:
                pieces.append("".join(_character(rng) for _ in range(rng.randint(1, 8))))
        texts.append(rng.choice(("", " ", " ", " ", "  ")).join(pieces))
    return texts[:count]


def every_character() -> list[str]:
    """Each code point but the surrogates, once, between two letters."""
    return [f"a{chr(p)}b" for p in range(0x110000) if not 0xD800 <= p <= 0xDFFF]


def _character(rng: random.Random) -> str:
    while True:
        point = rng.choice((rng.randrange(0x20, 0x250), rng.randrange(0x3000), rng.randrange(0x110000)))
        if not 0xD800 <= point <= 0xDFFF:
            return chr(point)
