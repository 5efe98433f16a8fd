"""Which placeholders and filters there are, and what each may be combined with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from django.utils.translation import gettext as _

from reporting.declared.indicators import DECLARED_BY_CODE
from reporting.indicators import BY_CODE, Dim, Kind
from reporting.phrases.asks import Of
from reporting.phrases.counts import Count, Days, Reads, Round, figure
from reporting.phrases.language import Filter, Placeholder, Template, parse, refused, unknown
from reporting.phrases.lists import Largest, Ranked, Risen, Shares
from reporting.phrases.told import Slot
from reporting.phrases.words import WORDS, RankWord, Word, Write
from units.models import Unit

ALIASES = {"distinct_people": "people", "documents": "documents_online"}
BELOW = tuple(
    level.value for level in (Unit.Level.COMMUNE, Unit.Level.HAMLET, Unit.Level.DEPARTMENT,
                              Unit.Level.ORGANISATION)
)  # fmt: skip
USUAL = "classes_and_support"
LONGEST_LIST = 20

# --- Placeholders -----------------------------------------------------------------------------


def _code(place: Placeholder, at: int, fallback: str = "") -> str:
    typed = place.arguments[at] if len(place.arguments) > at else fallback
    code = ALIASES.get(typed, typed)
    if code not in BY_CODE or BY_CODE[code].is_ratio:
        countable = [code for code, one in BY_CODE.items() if not one.is_ratio]
        raise unknown(
            _("%(source)s: “%(typed)s” is no indicator that is counted."), typed, countable,
            source=place.source,
        )  # fmt: skip
    return code


def _number(place: Placeholder, at: int, fallback: int) -> int:
    typed = place.arguments[at] if len(place.arguments) > at else str(fallback)
    if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed) <= LONGEST_LIST:
        raise refused(
            _("%(source)s: “%(typed)s” must be a number from 1 to %(most)s."),
            source=place.source, typed=typed, most=LONGEST_LIST,
        )  # fmt: skip
    return int(typed)


def _below(place: Placeholder, at: int) -> str:
    typed = place.arguments[at] if len(place.arguments) > at else ""
    if typed and typed not in BELOW:
        raise unknown(
            _("%(source)s: “%(typed)s” is no level of units."), typed, BELOW, source=place.source
        )  # fmt: skip
    return typed


def _top(place: Placeholder) -> Slot:
    is_least = place.name == "bottom"
    return Ranked(_code(place, 0, "attendances"), _number(place, 1, 3), _below(place, 2), is_least)


def _risen(place: Placeholder) -> Slot:
    is_fall = place.name == "fall"
    return Risen(_code(place, 0, "attendances"), _below(place, 1), is_fall)


def _shares(place: Placeholder) -> Slot:
    code = _code(place, 0, "attendances")
    dim = place.arguments[1] if len(place.arguments) > 1 else Dim.AUDIENCE.value
    if dim not in BY_CODE[code].dims:
        known = [one.value for one in BY_CODE[code].dims]
        raise unknown(
            _("%(source)s: this number is not kept by “%(typed)s”."), dim, known,
            source=place.source,
        )  # fmt: skip
    return Shares(code, dim, _number(place, 2, 3))


def _beneath(reads: Reads) -> Callable[[Placeholder], Slot]:
    def make(place: Placeholder) -> Slot:
        return Count(Of.BENEATH, _code(place, 0, USUAL), reads, by=_below(place, 1))

    return make


def _covered(reads: Reads) -> Callable[[Placeholder], Slot]:
    return lambda place: Count(Of.COVERED, "teams", reads, by=_below(place, 0))


def _rank(reads: Reads) -> Callable[[Placeholder], Slot]:
    return lambda place: Count(Of.RANK, "rank", reads)


def _write(place: Placeholder) -> Slot:
    if not place.arguments or not place.arguments[0]:
        raise refused(_("{write:…} needs a hint what to write."))
    return Write(place.arguments[0])


#: name -> how many arguments it takes, and what it becomes
SPECIAL: Mapping[str, tuple[int, Callable[[Placeholder], Slot]]] = {
    "top": (3, _top),
    "bottom": (3, _top),
    "rise": (2, _risen),
    "fall": (2, _risen),
    "shares": (3, _shares),
    "largest_change": (0, lambda place: Largest()),
    "missing_units": (2, _beneath(Reads.WITHOUT)),
    "active_units": (2, _beneath(Reads.WITH)),
    "team_coverage": (1, _covered(Reads.PERCENT)),
    "units_with_team": (1, _covered(Reads.NUMERATOR)),
    "units_below": (1, _covered(Reads.DENOMINATOR)),
    "quiet_teams": (0, lambda place: Count(Of.QUIET, "teams", Reads.ITEMS)),
    "population": (0, lambda place: Count(Of.POPULATION, "population")),
    "merged_from": (0, lambda place: Count(Of.FORMER, "units", Reads.ITEMS)),
    "rank": (0, _rank(Reads.VALUE)),
    "rank_of": (0, _rank(Reads.DENOMINATOR)),
    "rank_name": (0, lambda place: RankWord("name")),
    "rank_day": (0, lambda place: RankWord("day")),
    "write": (1, _write),
}


def known_names() -> list[str]:
    """Every placeholder there is."""
    return [*BY_CODE, *DECLARED_BY_CODE, *ALIASES, *WORDS, *SPECIAL]


def slot(place: Placeholder) -> Slot:
    """Understand a placeholder; ValidationError names it and the nearest that is known."""
    name = ALIASES.get(place.name, place.name)
    if name in WORDS:
        made: Slot = Word(name)
    elif name in SPECIAL:
        _refuse_arguments(place, SPECIAL[name][0])
        made = SPECIAL[name][1](place)
    elif name in BY_CODE or name in DECLARED_BY_CODE:
        _refuse_arguments(place, 0)
        made = figure(name)
    else:
        raise unknown(
            _("There is no placeholder {%(typed)s}."), place.name, known_names()
        )  # fmt: skip
    for one in place.filters:
        made = _filtered(made, one, place)
    return made


def _refuse_arguments(place: Placeholder, most: int) -> None:
    if len(place.arguments) > most:
        raise refused(
            _("%(source)s: nothing is expected after “%(last)s”."),
            source=place.source,
            last=":".join([place.name, *place.arguments[:most]]),
        )


# --- Filters ----------------------------------------------------------------------------------


def _of(count: Count, one: Filter, place: Placeholder) -> Count:
    known = [dim.value for dim in BY_CODE[count.code].dims] if count.of is Of.FIGURE else []
    conditions = []
    for pair in one.argument.split(","):
        dim, equals, word = (piece.strip() for piece in pair.partition("="))
        if not equals or not word:
            raise refused(
                _("%(source)s: “of” is written of:audience=pupils."), source=place.source
            )  # fmt: skip
        if dim not in known:
            raise unknown(
                _("%(source)s: this number is not kept by “%(typed)s”."), dim, known,
                source=place.source,
            )  # fmt: skip
        conditions.append((dim, word))
    return replace(count, where=tuple(sorted(conditions)))


def _cumulative(count: Count, one: Filter, place: Placeholder) -> Count:
    if _is_stock(count):
        raise refused(
            _("%(source)s: this number stands at the end of a period and is not added up."),
            source=place.source,
        )
    return replace(count, days=Days.CUMULATIVE)


def _as_of(count: Count, one: Filter, place: Placeholder) -> Count:
    if not _is_stock(count):
        raise refused(
            _("%(source)s: “as_of” is for numbers that stand at the end of a period."),
            source=place.source,
        )
    day = None
    if one.argument:
        try:
            day = datetime.strptime(one.argument, "%d/%m/%Y").date()  # noqa: DTZ007
        except ValueError as error:
            raise refused(
                _("%(source)s: “%(day)s” is no day; write 31/08/2026."),
                source=place.source, day=one.argument,
            ) from error  # fmt: skip
    return replace(count, days=Days.AS_OF, day=day, shows_day=True)


def _is_stock(count: Count) -> bool:
    is_figure = count.of is Of.FIGURE and BY_CODE[count.code].kind is Kind.STOCK
    return is_figure or count.of is Of.COVERED


def _shifted(days: Days) -> Callable[[Count, Filter, Placeholder], Count]:
    return lambda count, one, place: replace(count, days=days)


def _moved(count: Count, one: Filter, place: Placeholder) -> Count:
    choices = {"": Days.BEFORE, "previous": Days.BEFORE, "last_year": Days.YEAR_BEFORE}
    if one.argument not in choices:
        raise unknown(
            _("%(source)s: “moved” compares with “previous” or “last_year”, not “%(typed)s”."),
            one.argument, choices, source=place.source,
        )  # fmt: skip
    return replace(count, against=choices[one.argument])


def _share_of(count: Count, one: Filter, place: Placeholder) -> Count:
    if count.of is not Of.FIGURE:
        raise refused(_("%(source)s: “share_of” is for counted numbers."), source=place.source)
    code = _code(Placeholder(place.name, (one.argument,), (), place.source), 0)
    return replace(count, share_of=code)


def _percent_of_target(count: Count, one: Filter, place: Placeholder) -> Count:
    if count.of not in (Of.FIGURE, Of.DECLARED):
        raise refused(_("%(source)s: only indicators have targets."), source=place.source)
    if [dim for dim, _word in count.where if dim != Dim.AUDIENCE]:
        raise refused(_("%(source)s: targets are set by audience only."), source=place.source)
    return replace(count, of=Of.TARGET, reads=Reads.PERCENT)


def _rounded(how: Round) -> Callable[[Count, Filter, Placeholder], Count]:
    def make(count: Count, one: Filter, place: Placeholder) -> Count:
        if one.argument and not (one.argument.isascii() and one.argument.isdigit()):
            raise refused(
                _("%(source)s: “%(step)s” is no step to round to."),
                source=place.source, step=one.argument,
            )  # fmt: skip
        return replace(count, round=how, step=int(one.argument or 0))

    return make


def _words(count: Count, one: Filter, place: Placeholder) -> Count:
    singular, slash, plural = (piece.strip() for piece in one.argument.partition("/"))
    if not (singular and slash and plural):
        raise refused(
            _("%(source)s: “words” is written words:class/classes."), source=place.source
        )  # fmt: skip
    return replace(count, words=(singular, plural))


def _names(count: Count, one: Filter, place: Placeholder) -> Count:
    if count.reads not in (Reads.WITH, Reads.WITHOUT, Reads.ITEMS):
        raise refused(
            _("%(source)s: “names” is for units and teams that are counted."), source=place.source
        )  # fmt: skip
    return replace(count, names=_number(replace(place, arguments=(one.argument or "5",)), 0, 5))


FILTERS: Mapping[str, Callable[[Count, Filter, Placeholder], Count]] = {
    "of": _of,
    "cumulative": _cumulative,
    "previous": _shifted(Days.BEFORE),
    "last_year": _shifted(Days.YEAR_BEFORE),
    "as_of": _as_of,
    "moved": _moved,
    "share_of": _share_of,
    "percent_of_target": _percent_of_target,
    "over": _rounded(Round.OVER),
    "about": _rounded(Round.ABOUT),
    "words": _words,
    "names": _names,
}


def _filtered(made: Slot, one: Filter, place: Placeholder) -> Slot:
    if one.name not in FILTERS:
        raise unknown(
            _("%(source)s: there is no filter “%(typed)s”."), one.name, FILTERS,
            source=place.source,
        )  # fmt: skip
    if not isinstance(made, Count):
        raise refused(
            _("%(source)s: “%(filter)s” is for placeholders that are one number."),
            source=place.source, filter=one.name,
        )  # fmt: skip
    return FILTERS[one.name](made, one, place)


# --- Whole templates --------------------------------------------------------------------------


@lru_cache(maxsize=1000)
def understood(source: str) -> tuple[Template, Mapping[Placeholder, Slot]]:
    """A template and its placeholders; ValidationError when there is anything unknown in it."""
    template = parse(source)
    return template, {place: slot(place) for place in template.placeholders()}
