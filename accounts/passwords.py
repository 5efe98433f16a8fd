"""Passwords: the rules an own one keeps, and the one-time ones the portal gives out."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Posting
from campaign.models import CampaignSettings
from campaign.text import fold, strip_unit_prefix
from units.models import Unit

#: letters and digits nobody mistakes for one another when reading from paper
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4
SHORTEST_CONTEXT_WORD = 4
OWN_CHARACTERS = 8


def one_time_password() -> str:
    """A password that opens the portal once, until the person chooses their own: 79 bits."""
    letters = [secrets.choice(READABLE) for _n in range(GROUPS * GROUP_LENGTH)]
    return "-".join("".join(letters[n::GROUPS]) for n in range(GROUPS))


def squeezed(text: str) -> str:
    """The letters and digits of a text, without marks, case and spaces."""
    return fold(text).replace(" ", "")


def context_words(user: Any) -> set[str]:
    """What somebody who knows the person would try first: campaign, units, names, phone."""
    campaign = CampaignSettings.current()
    texts = [campaign.product_name_vi, campaign.product_name_en, campaign.team_label_vi]
    units = Unit.unscoped.filter(level=Unit.Level.PROVINCE)
    if user is not None:
        texts += [user.username, user.full_name, user.phone, *user.full_name.split()]
        if user.pk:
            posted = Posting.unscoped.filter(user=user).values_list("unit__path", flat=True)
            ids = {pk for path in posted for pk in Unit(path=path).ancestor_ids}
            units = units | Unit.unscoped.filter(pk__in=ids)
    for name, short_name in units.values_list("name", "short_name"):
        texts += [name, short_name, strip_unit_prefix(fold(name))]
    return {word for word in map(squeezed, texts) if len(word) >= SHORTEST_CONTEXT_WORD}


def without(password: str, words: Iterable[str]) -> str:
    """What is left of a password when the words everybody would try are taken out."""
    left = squeezed(password)
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left


class ContextWordsValidator:
    """A password must not lean on the campaign, the unit or the person's own names."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password that has too little of its own beside such words."""
        words = [word for word in context_words(user) if word in squeezed(password)]
        if words and len(without(password, words)) < OWN_CHARACTERS:
            raise ValidationError(
                _(
                    "Too easy to guess: beside the name of the campaign, of your unit or your "
                    "own, a password needs %(count)s other letters or digits."
                )
                % {"count": OWN_CHARACTERS},
                code="context_word",
            )

    def get_help_text(self) -> str:
        """The rule, for the page where the password is chosen."""
        return _("Do not lean on the name of the campaign, the province, your unit or yourself.")
