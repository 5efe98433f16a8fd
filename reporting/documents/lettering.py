"""How long a line of bold Times New Roman is: rules under a name follow the length of its words."""

import unicodedata

_WIDTHS = {
    250: " .,", 278: "il/'", 333: "fjt()-:;", 389: "sI", 444: "cerz", 500: "agovxyJ0123456789–“”",
    556: "bdhknpquS", 611: "FP", 667: "BELTZ", 722: "ACDNRUVXYw", 778: "GHKOQ", 833: "m&",
    944: "M", 1000: "W%",
}  # fmt: skip
_OF_LETTER = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_MM_IN_POINT = 25.4 / 72


def length(text: str, *, size: float) -> float:
    """The length in millimetres of one line of bold text of so many points."""
    plain = unicodedata.normalize("NFD", text.translate({0x110: "D", 0x111: "d"}))
    thousandths = sum(
        _OF_LETTER.get(letter, 600) for letter in plain if not unicodedata.combining(letter)
    )
    return thousandths / 1000 * size * _MM_IN_POINT
