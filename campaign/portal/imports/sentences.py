"""What the importer says in whole sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import ngettext

from campaign.portal.figures import num

MENDED: dict[str, Callable[[int], str]] = {
    "phone_zero": lambda n: ngettext(
        "The zero Excel took away was put back in %(n)s phone number.",
        "The zero Excel took away was put back in %(n)s phone numbers.", n,
    ),
    "serial_day": lambda n: ngettext(
        "%(n)s date was a number of Excel's.", "%(n)s dates were numbers of Excel's.", n
    ),
    "capitals": lambda n: ngettext(
        "%(n)s name in capitals was put in small letters.",
        "%(n)s names in capitals were put in small letters.", n,
    ),
}  # fmt: skip


def mended_in_words(mended: Mapping[str, int]) -> list[str]:
    """What was put right by itself, one sentence each."""
    return [
        MENDED[what](count) % {"n": num(count)}
        for what, count in mended.items()
        if what in MENDED and count
    ]
