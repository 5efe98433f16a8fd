"""Vietnamese typed before Unicode: TCVN3 (ABC, the .Vn fonts) and VNI.

Such text looks right only in its font: "NguyÔn V¨n §øc" is Nguyễn Văn Đức in TCVN3,
"Nguyeãn Vaên Ñöùc" in VNI. It is told from Unicode by its syllables: almost none is a
Vietnamese one as it stands, almost all are once converted.

U+00AD is "ư" in TCVN3, so text must come here before invisible characters are dropped.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from campaign.text import nfc

Legacy = Literal["tcvn3", "vni"]

FONTS: tuple[Legacy, ...] = ("tcvn3", "vni")
SURE_AFTER = 0.7
"""Share of the telling words that must be Vietnamese syllables once converted."""
SURE_BEFORE = 0.4
"""The same share as the text stands, at most; correct text has nearly all."""
LEAST_WORDS = 3
MOST_WORDS = 3000

_CODES = Path(__file__).parents[2] / "data" / "legacy_fonts.csv"
_HAS_LATIN = re.compile("[A-Za-z]")
_NEUTRAL = "\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2026\u2022\u20ac\ufeff\u200b"
_OLD = re.compile(f"[\x00-\xff{_NEUTRAL}]*")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile(r"[^\x00-\x40\x5b-\x60\x7b-\x7f\xa0\u2010-\u2060]+")
_WITH_CAPITALS = "ăâđêôơư"
_RIMES = {
    "a": " c ch i m n ng nh o p t u y", "ă": "c m n ng p t", "â": "c m n ng p t u y",
    "e": " c m n ng o p t", "ê": " c ch m n ng nh p t u", "i": " a ch m n nh p t u",
    "iê": "c m n ng p t u", "o": " a c e i m n ng p t", "oa": "c ch i m n ng nh o p t y",
    "oă": "c m n ng p t", "oe": "m n o t", "oo": "c ng", "ô": " c i m n ng p t",
    "ơ": " i m n p t", "u": " a c i m n ng p t", "uâ": "n ng t y", "uê": " ch nh n t",
    "uơ": " n", "uô": "c i m n ng p t", "uy": " a ch n nh p t u", "uyê": "n t",
    "ư": " a c i m n ng t u", "ươ": "c i m n ng p t u", "y": " ch m n nh p t",
    "yê": "m n ng t u",
}  # fmt: skip
_SYLLABLE = re.compile(
    "(?:(?:ngh|ng|gh|gi|kh|nh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    "(?:" + "|".join(
        f"{vowels}(?:{'|'.join(sorted(codas.split(' '), key=len, reverse=True))})"
        for vowels, codas in sorted(_RIMES.items(), key=lambda item: -len(item[0]))
    ) + ")|gi[n]?)"
)  # fmt: skip


def detect(texts: Iterable[str]) -> Legacy | None:
    """Return the old font these texts were typed in, None for Unicode or too little to tell."""
    words: set[str] = set()
    old = unicode = 0
    for text in texts:
        if text.isascii():
            continue
        if not is_old(text):
            unicode += 1
            continue
        old += 1
        words.update(word for word in _WORD.findall(nfc(text)) if not word.isascii())
        if len(words) > MOST_WORDS:
            break
    telling = {word for word in words if len(word) > 1 and _HAS_LATIN.search(word)}
    if len(telling) < LEAST_WORDS or unicode > old:
        return None
    if share_of_syllables(telling) > SURE_BEFORE:
        return None
    shares = {font: share_of_syllables(_plainly(word, font) for word in telling) for font in FONTS}
    best = max(FONTS, key=lambda font: shares[font])
    return best if shares[best] >= SURE_AFTER else None


def convert(text: str, font: Legacy) -> str:
    """Return the text in Unicode; text that already holds Unicode letters stays as it is."""
    if text.isascii() or not is_old(text):
        return text
    converted = _plainly(nfc(text), font)
    ascii_letters = [c for c in text if c.isascii() and c.isalpha()]
    if font == "tcvn3" and len(ascii_letters) > 1 and all(c.isupper() for c in ascii_letters):
        return converted.upper()
    return _with_capitals(converted) if font == "tcvn3" else converted


def is_old(text: str) -> bool:
    """Tell whether every character could come from an old font (it may still be Unicode)."""
    return _OLD.fullmatch(nfc(text)) is not None


def is_modern(texts: Iterable[str]) -> bool:
    """Tell whether texts are surely Unicode: by their letters, or by their syllables."""
    kept = [text for text in texts if not text.isascii()]
    if 2 * sum(not is_old(text) for text in kept) > len(kept):
        return True
    words = {word for text in kept for word in words_with_marks(nfc(text))}
    return share_of_syllables(words) > SURE_BEFORE


def share_of_syllables(words: Iterable[str]) -> float:
    """Return which share of the words with marks are Vietnamese syllables."""
    judged = [is_syllable(word) for word in words]
    return sum(judged) / len(judged) if judged else 0.0


def words_with_marks(text: str) -> set[str]:
    """Return the different words of a text that are not plain ASCII."""
    return {word for word in _WORD.findall(text) if not word.isascii() and len(word) > 1}


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Tell whether a word is built as Vietnamese syllables are."""
    marks = unicodedata.normalize("NFD", word.lower())
    tones = [c for c in marks if c in _TONES]
    bare = nfc("".join(c for c in marks if c not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    stops = bare.endswith(("c", "ch", "p", "t")) and len(bare) > 1
    return not stops or bool(tones and tones[0] in "\u0301\u0323")


@cache
def _codes(font: Legacy) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what to look for in text of a font, longest first, and what it stands for."""
    letters = {}
    with _CODES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["font"] == font:
                codes = "".join(chr(int(code, 16)) for code in row["codes"].split())
                letters[codes] = row["letter"]
                if len(codes) > 1 and codes.isupper():
                    letters.setdefault(codes[0] + codes[1:].lower(), row["letter"])
    longest_first = sorted(letters, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), letters


@lru_cache(maxsize=20_000)
def _plainly(text: str, font: Legacy) -> str:
    pattern, letters = _codes(font)
    return pattern.sub(lambda found: letters[found[0]], text)


def _with_capitals(text: str) -> str:
    """Give "ánh" its capital among capitalised words: TCVN3 kept capitals in a second font."""
    words = text.split()
    small = [word for word in words if word[0].islower()]
    if not small or len(small) == len(words):
        return text
    if any(word[0].isascii() or word[0] in _WITH_CAPITALS for word in small):
        return text
    others = [word for word in words if word not in small]
    if not all(word[0].isupper() or not word[0].isalpha() for word in others):
        return text
    return re.sub(r"(?<!\S)\w", lambda found: found[0].upper(), text)
