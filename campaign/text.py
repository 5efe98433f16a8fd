"""Vietnamese text as people type, search and sort it.

Three forms of one string: the *kept* form (NFC, what people see), the *folded* form
(no marks, no case: what search compares) and the *sort key* (what lists order by).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext as _

SORT_KEY_LENGTH = 240
"""Characters kept of a sort key: some ninety letters, enough to tell names apart."""

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""The Vietnamese alphabet, with f j w z where Latin readers expect them."""

TONES = (
    "",
    "\N{COMBINING GRAVE ACCENT}",
    "\N{COMBINING HOOK ABOVE}",
    "\N{COMBINING TILDE}",
    "\N{COMBINING ACUTE ACCENT}",
    "\N{COMBINING DOT BELOW}",
)
"""Ngang, huyền, hỏi, ngã, sắc, nặng: the order in which equal letters are listed."""

UNIT_PREFIXES = (
    "thanh pho", "thi tran", "thi xa", "dac khu", "phuong", "huyen", "quan", "tinh",
    "to dan pho", "khu dan cu", "khu pho", "tieu khu", "khom", "thon", "buon", "lang", "xom",
    "ban", "bon", "ap", "xa", "tdp", "kp", "tp", "tx", "tt", "p", "x",
)  # fmt: skip

_APOSTROPHES = "'`´‘’ʼʻ′＇"
_WITHOUT_MARKS = str.maketrans({"đ": "d", "ƀ": "b", "ł": "l", "ø": "o", "ħ": "h", "ı": "i"})
_DROPPED_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_STRAIGHT_APOSTROPHES = str.maketrans(dict.fromkeys("`´‘’ʼʻ′＇", "'"))
_BREVE_CIRCUMFLEX_HORN = "\N{COMBINING BREVE}\N{COMBINING CIRCUMFLEX ACCENT}\N{COMBINING HORN}"
_PREFIX = re.compile(rf"(?:{'|'.join(UNIT_PREFIXES)}) +(?=\S)")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def nfc(text: str) -> str:
    """Return the composed form, in which one Vietnamese letter is one character."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return the search key: no marks, case, punctuation or double spaces; đ is d.

    "Văn Bán", "VAN BÁN" and "van  bán" fold to one key, and so do "Hoà" and "Hòa".
    """
    return " ".join(text.translate(_FOLDED).split())


class _Folded(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        text = chr(code).translate(_DROPPED_APOSTROPHES)
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = unicodedata.normalize("NFKD", text.casefold()).translate(_WITHOUT_MARKS)
        self[code] = "".join(_folded_characters(text))
        return self[code]


_FOLDED = _Folded()


def _folded_characters(text: str) -> Iterator[str]:
    for character in text:
        if character.isalnum():
            yield character
        elif unicodedata.category(character) not in {"Mn", "Me", "Cf"}:
            yield " "


def strip_unit_prefix(folded: str) -> str:
    """Return a folded unit name without "xa", "phuong", "ap", "to dan pho"… in front.

    A few names begin with such a word ("Xa Dung"), so search compares both forms.
    """
    return _PREFIX.sub("", folded, count=1) if _PREFIX.match(folded) else folded


def sort_key(text: str) -> str:
    """Return a key of ``0-9a-z`` that orders Vietnamese text in every database.

    Syllable by syllable: letters of the Vietnamese alphabet first, the tone second.
    Numbers sort by value and before letters; punctuation and tone placement do not count.
    """
    return _key(text)[:SORT_KEY_LENGTH]


def person_sort_key(full_name: str) -> str:
    """Return the key of class lists: given name, then middle name, then family name."""
    words = nfc(full_name).split()
    given, middle, family = words[-1:], words[1:-1], words[:-1][:1]
    parts = (" ".join(part) for part in (given, middle, family))
    return "00".join(_key(part) for part in parts)[:SORT_KEY_LENGTH]


def given_name(full_name: str) -> str:
    """Return the last word of a name, by which Vietnamese lists and greetings go."""
    words = nfc(full_name).split()
    return words[-1] if words else ""


@lru_cache(maxsize=10_000)
def _key(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text.translate(_DROPPED_APOSTROPHES)).lower()
    return "".join(
        _number_code(token) if token.isdecimal() else _word_code(token)
        for token in _TOKEN.findall(nfc(composed))
    )


def _number_code(digits: str) -> str:
    """Code a number so that more digits sort later; it sorts before every word."""
    value = str(int(digits[:35]))
    return f"05{_BASE36[len(value)]}{value}"


def _word_code(word: str) -> str:
    """Code a syllable: two characters a letter, ``0`` for the end, one for the tone."""
    tone, letters = 0, []
    for character in word:
        letter, letter_tone = _letter_and_tone(character)
        letters.append(_letter_code(letter))
        tone = tone or letter_tone
    return f"{''.join(letters)}0{tone}"


def _letter_and_tone(character: str) -> tuple[str, int]:
    decomposed = unicodedata.normalize("NFD", character)
    base, marks = decomposed[0], decomposed[1:]
    own_marks = "".join(mark for mark in marks if mark in _BREVE_CIRCUMFLEX_HORN)
    tone = next((TONES.index(mark) for mark in marks if mark in TONES), 0)
    letter = nfc(base + own_marks)
    if letter in ALPHABET:
        return letter, tone
    return base.translate(_WITHOUT_MARKS), tone


def _letter_code(letter: str) -> str:
    if letter in ALPHABET:
        return f"1{_BASE36[ALPHABET.index(letter)]}"
    code, number = "", ord(letter)
    for _position in range(4):
        number, digit = divmod(number, 36)
        code = _BASE36[digit] + code
    return f"zz{code}"


def clean_name(text: str) -> str:
    """Return a person's or place's name tidied, never changed: NFC, spaces squeezed.

    Case stays as typed; apostrophes of any shape become the straight one (K'Brông).
    """
    straight = nfc(text).translate(_STRAIGHT_APOSTROPHES)
    if straight.isprintable():
        return " ".join(straight.split())
    visible = (
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in straight
        if unicodedata.category(c) != "Cf"
    )
    return " ".join("".join(visible).split())


def offered_name(text: str) -> str:
    """Return what to offer for a name in capitals ("ĐỖ VĂN AN"): "Đỗ Văn An"."""
    name = clean_name(text)
    if not name.isupper() or len(name) < 4:
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word[0][0] + word[0][1:].lower(), name)


class BadPhone(ValueError):
    """A telephone number nobody could ring; ``code`` is letters, length or prefix."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_MOBILE = re.compile(r"0[35789][0-9]{8}")


def normal_phone(text: object) -> str:
    """Return a Vietnamese mobile number as ten digits, or "" when nothing was given.

    Understands +84, 84, 0084, spaces, dots, hyphens and the zero Excel takes away.
    Raises BadPhone (a ValueError with a ``code``) for anything else.
    """
    if isinstance(text, str) and _MOBILE.fullmatch(text):
        return text
    written = unicodedata.normalize("NFKC", "" if text is None else str(text)).strip()
    digits = re.sub(r"[\s.\-()+/\u200b]", "", written)
    if not digits:
        return ""
    if not (digits.isascii() and digits.isdecimal()):
        raise BadPhone("letters", _("A phone number has digits only."))
    number = _national(digits)
    if len(number) != 10:
        message = _("Mobile numbers have 10 digits; this has %(count)s.")
        raise BadPhone("length", message % {"count": len(number)})
    if not _MOBILE.fullmatch(number):
        raise BadPhone("prefix", _("Mobile numbers begin with 03, 05, 07, 08 or 09."))
    return number


def _national(digits: str) -> str:
    """Return the number as dialled inside the country, with its leading zero."""
    for country in ("0084", "84"):
        if digits.startswith(country) and len(digits) >= len(country) + 9:
            return "0" + digits.removeprefix(country).removeprefix("0")
    if len(digits) == 9 and digits[0] in "35789":
        return "0" + digits
    return digits
