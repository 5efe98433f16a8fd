"""What a dashboard says: tiles, trend, ranking, grid, split, gap, and what needs attention.

Everything here is figures already worked out and words; templates only place them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaign.models import AgeBand, Presence
from campaign.periods import Kind, Period, today
from campaign.portal import charts
from campaign.portal.figures import delta, num, pct
from classes.models import ClassSession, TrainingClass
from reporting import figures
from reporting.indicators import Dim, indicator
from reporting.lens import OWNER, PLACE, Lens
from reporting.models import Target
from reporting.targets import plans
from units.models import CommunityTeam, Unit, UnitProfile, UnitSuccession

HEAD = (
    "attendances",
    "people",
    "classes",
    "support_sessions",
    "classes_and_support",
    "sessions",
    "sessions_with_roster",
    "teams",
    "team_members",
    "activities",
    "reach",
)
PLANNED = ("attendances", "people", "classes_and_support", "reach", "teams")
RANKED = ("attendances", "people", "classes_and_support", "activities")
MONTHS_BACK = 12


@dataclass(frozen=True)
class Tile:
    """One figure with its trend and what it means beside the last period."""

    title: str
    value: Any
    url: str
    of: str = ""
    history: Sequence[Any] = ()
    note: str = ""
    tone: str = ""
    icon: str = ""
    maximum: Any = None
    plan: plans.Plan | None = None


def read(
    lens: Lens, codes: Sequence[str], units: Sequence[Unit]
) -> dict[int, dict[str, figures.Figure]]:
    """Figures through the lens. What is not kept by audience is left out of an audience's view."""
    if lens.audience is None:
        return figures.figures(codes, units=units, **lens.question)
    kept = [code for code in codes if Dim.AUDIENCE in indicator(code).dims]
    found = figures.figures(kept, units=units, where=lens.where, **lens.question)
    for unit in units:
        found[unit.pk] |= {code: figures.Figure(code) for code in codes if code not in kept}
    return found


# --- Tiles -----------------------------------------------------------------------------------


def change_note(now: Any, before: Any) -> tuple[str, str]:
    """How a figure moved against the period before: words and tone."""
    if now is None or before in (None, 0):
        return _("no figure to compare with"), ""
    share = 100 * (now - before) / before
    words = _("%(change)s%% against the period before") % {"change": delta(share)}
    return words, "good" if share > 0 else "bad" if share < 0 else ""


def history(lens: Lens, codes: Sequence[str]) -> dict[str, list[Any]]:
    """The last twelve reporting months of some figures, oldest first."""
    month = Period.containing(min(lens.period.end, today()), Kind.MONTH, lens.period.scheme)
    months = [month]
    while len(months) < MONTHS_BACK:
        months.append(months[-1].previous())
    months.reverse()
    found = figures.series(
        codes, axis=lens.axis, unit=lens.unit, periods=months, access=lens.access
    )
    return {code: [point[code].value for point in found] for code in codes}


def tiles(lens: Lens, known: Mapping[Any, Target] | None = None) -> list[Tile]:
    """The five figures a leader reads first; ``known`` are targets that were read already."""
    now = read(lens, HEAD, [lens.unit])[lens.unit.pk]
    before = read(lens.before, HEAD, [lens.unit])[lens.unit.pk]
    past = (
        {}
        if lens.audience
        else history(lens, ("attendances", "people", "classes_and_support", "reach", "teams"))
    )
    aims = plans.plans(lens, PLANNED, [lens.unit], known=known)
    found = []
    for code, of in (
        ("attendances", ""),
        ("people", ""),
        ("classes_and_support", ""),
        ("reach", ""),
    ):
        note, tone = change_note(now[code].value, before[code].value)
        found.append(
            Tile(
                title=str(indicator(code).label),
                value=now[code].value,
                url=lens.rows_url(code),
                of=of or str(indicator(code).noun),
                note=note,
                tone=tone,
                history=past.get(code, ()),
                plan=aims.get((lens.unit.pk, code)),
            )
        )
    members = now["team_members"].value
    found.append(
        Tile(
            title=str(indicator("teams").label),
            value=now["teams"].value,
            url=lens.rows_url("teams"),
            history=past.get("teams", ()),
            of=_("teams · %(members)s members") % {"members": num(members)},
            note=team_note(now),
            icon="share-2",
            plan=aims.get((lens.unit.pk, "teams")),
        )
    )
    return found


def team_note(now: dict[str, figures.Figure]) -> str:
    """Members a team, where there are teams."""
    teams, members = now["teams"].value, now["team_members"].value
    if not teams or members is None:
        return _("no team on record")
    return _("%(average)s members a team") % {"average": num(members / teams, 1)}


def of_everybody(lens: Lens) -> dict[str, figures.Figure]:
    """People, attendances and rosters of the whole, of every audience: read once for a page."""
    kept = lens.__dict__.get("_of_everybody")
    if kept is None:
        codes = ("people", "attendances", "attendances_on_roster", "roster_share")
        kept = figures.figures(codes, units=[lens.unit], **lens.question)[lens.unit.pk]
        lens.__dict__["_of_everybody"] = kept
    return kept


def people_note(lens: Lens) -> str:
    """Why distinct people are fewer than attendances, and how far rosters reach.

    Told of everybody: an audience's view leaves it out.
    """
    if lens.audience is not None:
        return ""
    found = of_everybody(lens)
    share = found["roster_share"].shown
    if found["people"].value is None:
        return ""
    return _(
        "%(people)s distinct people made %(turns)s of the %(all)s attendances; "
        "%(share)s of sessions kept a roster. People are never added over units or periods."
    ) % {
        "people": num(found["people"].value),
        "turns": num(found["attendances_on_roster"].value),
        "all": num(found["attendances"].value),
        "share": pct(share),
    }


# --- Trend ------------------------------------------------------------------------------------


def trend(lens: Lens, code: str = "attendances") -> dict[str, Any]:
    """Month by month in the lens's year, beside the year before."""
    year = Period.containing(lens.period.end, Kind.YEAR, lens.period.scheme)
    months = year.parts()
    last_year = year.same_last_year().parts()
    running = [i for i, month in enumerate(months) if month.contains(today())]
    begun = [month for month in months if month.start <= today()]
    now: list[Any] = course(lens, code, begun) + [None] * (len(months) - len(begun))
    before = course(lens, code, last_year)
    labels = [_("M%(number)s") % {"number": month.number} for month in months]
    title = _("%(indicator)s by month, %(year)s") % {
        "indicator": indicator(code).label,
        "year": year.label,
    }
    return {
        "title": title,
        "sub": str(indicator(code).noun),
        "svg": charts.line_chart(
            labels,
            now,
            title=title,
            previous=before,
            markers=[(place, _("month still running")) for place in running],
            names=(str(year.label), _("Plan"), str(year.same_last_year().label)),
        ),
        "headers": [_("Month"), str(year.label), str(year.same_last_year().label)],
        "rows": list(zip([m.label for m in months], now, before, strict=True)),
    }


def course(lens: Lens, code: str, periods: Sequence[Period]) -> list[Any]:
    """One figure over several periods, for the lens's audience where it is kept by audience."""
    if lens.audience is None or Dim.AUDIENCE not in indicator(code).dims:
        found = figures.series(
            [code], axis=lens.axis, unit=lens.unit, periods=periods, access=lens.access
        )
        return [point[code].value for point in found]
    return [
        read(lens.with_(period=period), (code,), [lens.unit])[lens.unit.pk][code].value
        for period in periods
    ]


# --- Units beside each other --------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """One unit in the ranking: its figures, before, and its place among those that have one."""

    unit: Unit
    rank: int | None
    now: dict[str, figures.Figure]
    rate: Any
    moved: Any
    url: str


def rates(lens: Lens, units: Sequence[Unit], found: Any) -> dict[int, Any]:
    """Attendances per 1,000 residents: sums divided, never rates averaged; None where unknown."""
    people = figures.populations(units, lens.period)
    return {
        unit.pk: 1000 * came / people[unit.pk]
        if (came := found[unit.pk]["attendances"].value) is not None and people.get(unit.pk)
        else None
        for unit in units
    }


def standings(lens: Lens) -> list[Standing]:
    """Every unit beneath, best first; those with no figure last, never ranked as zero."""
    units = figures.children(lens.unit, axis=lens.axis, access=lens.access)
    earlier = lens.before
    now, before = read(lens, RANKED, units), read(earlier, ("attendances",), units)
    rate, old_rate = rates(lens, units, now), rates(earlier, units, before)
    scores = (
        rate
        if lens.axis == PLACE
        else {unit.pk: now[unit.pk]["attendances"].value for unit in units}
    )
    ordered = sorted(units, key=lambda u: (scores[u.pk] is None, -(scores[u.pk] or 0), u.sort_key))
    found: list[Standing] = []
    for position, unit in enumerate(ordered, start=1):
        score, rank = scores[unit.pk], None
        if score is not None:
            is_tied = found and scores[found[-1].unit.pk] == score
            rank = found[-1].rank if is_tied else position
        current, old = rate[unit.pk], old_rate[unit.pk]
        moved = None if current is None or old is None else current - old
        found.append(Standing(unit, rank, now[unit.pk], current, moved, lens.url_of(unit)))
    return found


def remainder(
    lens: Lens, codes: Sequence[str], units: Sequence[Unit], found: Any
) -> dict[str, int] | None:
    """What the whole has beyond the units beneath: records without a commune of their own.

    Units beneath and remainder add up to the whole; None where there is no remainder.
    """
    whole = read(lens, codes, [lens.unit])[lens.unit.pk]
    rest = {
        code: (whole[code].value or 0) - sum(found[unit.pk][code].value or 0 for unit in units)
        for code in codes
        if indicator(code).is_additive
    }
    return rest if any(rest.values()) else None


def rest_of(lens: Lens, ranked: Sequence[Standing]) -> dict[str, str] | None:
    """The remainder beside the ranking, as the table shows it."""
    units = [standing.unit for standing in ranked]
    found = {standing.unit.pk: standing.now for standing in ranked}
    rest = remainder(lens, ("attendances", "classes_and_support"), units, found)
    return None if rest is None else {code: num(value) for code, value in rest.items()}


def ranking_rows(
    lens: Lens, ranked: Sequence[Standing], show: str, aims: plans.Table | None = None
) -> list[dict[str, Any]]:
    """The rows of the ranking table that are shown: lowest, highest, all, or behind their targets.

    Where no unit has a population, there is no rank: the units stand by their attendances.
    """
    with_figure = [standing for standing in ranked if standing.rank is not None]
    if not with_figure:
        known = [s for s in ranked if s.now["attendances"].value is not None]
        with_figure = sorted(known, key=lambda s: -(s.now["attendances"].value or 0))
    by_unit = {standing.unit.pk: standing for standing in ranked}
    chosen = {
        "low": list(reversed(with_figure))[:8],
        "high": with_figure[:8],
        "all": list(ranked),
        "behind": [by_unit[one.target.unit_id] for one in (aims.behind if aims else [])],
    }[show]
    top = max((s.rate or 0 for s in ranked), default=0) or 1
    return [
        {
            "rank": num(s.rank),
            "name": s.unit.name,
            "url": s.url,
            "rate": num(s.rate, 1),
            "bar": charts.bar(s.rate, top, low=s.rate is not None and s.rate < top * 0.25),
            "attendances": num(s.now["attendances"].value),
            "attendances_url": lens.rows_url("attendances", s.unit),
            "people": num(s.now["people"].value),
            "people_url": lens.rows_url("people", s.unit),
            "classes": num(s.now["classes_and_support"].value),
            "classes_url": lens.rows_url("classes_and_support", s.unit),
            "activities": num(s.now["activities"].value),
            "activities_url": lens.rows_url("activities", s.unit),
            "moved": delta(s.moved),
            "tone": tone_of(s.moved),
            "plan": aims.by_unit.get(s.unit.pk) if aims else None,
        }
        for s in chosen
    ]


def tone_of(value: Any) -> str:
    """The class of a difference."""
    if not value:
        return ""
    return "up" if value > 0 else "dn"


def grid(
    lens: Lens, ranked: Sequence[Standing], aims: plans.Table | None = None
) -> list[dict[str, Any]]:
    """Every unit as a square, grouped by the former area, the highest first.

    It shows the percent of the target where there are targets, else the unit's rate in percent of
    the whole's.
    """
    values = of_targets(ranked, aims) if aims else of_average(lens, ranked)
    areas = former_areas(lens, [standing.unit for standing in ranked])
    groups: dict[str, list[charts.Cell]] = {}
    for standing in sorted(ranked, key=lambda s: -(values[s.unit.pk] or 0)) if aims else ranked:
        groups.setdefault(areas.get(standing.unit.pk, ""), []).append(
            charts.Cell(
                label=standing.unit.name,
                url=standing.url,
                value=values[standing.unit.pk],
                missing="" if standing.rank is not None else _("nothing recorded in this period"),
            )
        )
    return [
        {
            "title": _("Area of %(area)s before 1 July 2025 · %(count)s units")
            % {"area": area, "count": num(len(cells))}
            if area
            else "",
            "cells": cells,
        }
        for area, cells in sorted(groups.items())
    ]


def of_targets(ranked: Sequence[Standing], aims: plans.Table) -> dict[int, Any]:
    """Each unit's percent of its target."""
    found = {standing.unit.pk: aims.by_unit.get(standing.unit.pk) for standing in ranked}
    return {pk: plan.percent if plan else None for pk, plan in found.items()}


def of_average(lens: Lens, ranked: Sequence[Standing]) -> dict[int, Any]:
    """Each unit's rate in percent of the whole's."""
    whole = [lens.unit]
    average = rates(lens, whole, read(lens, ("attendances",), whole))[lens.unit.pk]
    return {
        standing.unit.pk: None
        if not average or standing.rate is None
        else 100 * standing.rate / average
        for standing in ranked
    }


def former_areas(lens: Lens, units: Sequence[Unit]) -> dict[int, str]:
    """{unit id: the province it lay in before the rearrangement}, by its default predecessor."""
    rows = (
        UnitSuccession.objects.within(lens.access.view)
        .filter(successor__in=[unit.pk for unit in units], predecessor__level=Unit.Level.COMMUNE)
        .order_by("-is_default", "pk")
        .values_list("successor_id", "predecessor__former_area")
    )
    found: dict[int, str] = {}
    for pk, area in rows:
        found.setdefault(pk, area.rsplit(",", 1)[-1].strip())
    return found


# --- Who is reached -----------------------------------------------------------------------------


def audience_split(lens: Lens, size: str = "wide") -> dict[str, Any]:
    """Attendances by audience, most first."""
    parts = figures.breakdown("attendances", "audience", unit=lens.unit, **lens.question)
    parts = sorted((p for p in parts if p.value), key=lambda p: -p.value)
    total = sum(part.value for part in parts)
    shown = parts[:7]
    title = _("Attendances by audience")
    rows = [
        {
            "label": str(part.label),
            "value": part.value,
            "text": num(part.value),
            "url": lens.rows_url("attendances", by="audience", key=part.key),
        }
        for part in shown
    ]
    return {
        "title": title,
        "svg": charts.ranked_bars(
            rows, title=title, maximum=max((p.value for p in shown), default=1), size=size
        ),
        "headers": [_("Audience"), _("Attendances"), _("Share")],
        "rows": [[str(part.label), part.value, pct(100 * part.value / total)] for part in parts],
        "is_empty": not parts,
    }


def profile_of(lens: Lens) -> UnitProfile | None:
    """The newest figures of a unit that are not younger than the period."""
    return (
        UnitProfile.objects.within(lens.access.view)
        .filter(unit=lens.unit, year__lte=lens.period.end.year)
        .order_by("-year")
        .first()
    )


def equity(lens: Lens, size: str = "wide") -> dict[str, Any] | None:
    """How often the elderly and ethnic minorities came, beside everybody: per 100 people."""
    profile = profile_of(lens)
    if profile is None or not profile.population:
        return None
    asked = {"unit": lens.unit, **lens.question}
    by_age = {p.key: p.value for p in figures.breakdown("attendances", "age_band", **asked)}
    by_trait = {p.key: p.value for p in figures.breakdown("attendances", "minority", **asked)}
    by_area = {p.key: p.value for p in figures.breakdown("attendances", "remote", **asked)}
    total = sum(value or 0 for value in by_age.values())
    if not total:
        return None
    remote = remote_population(lens)
    groups = [
        (_("People aged 60 and over"), by_age.get(AgeBand.FROM_60.value), profile.elderly),
        (_("Ethnic minorities"), by_trait.get(Presence.YES.value), profile.ethnic_minority),
        (_("Remote communes"), by_area.get("y"), remote),
    ]
    rows: list[dict[str, Any]] = [
        {"label": label, "value": rate, "text": num(rate, 1)}
        for label, came, population in groups
        if population and (rate := 100 * (came or 0) / population) is not None
    ]
    furthest = min(rows, key=lambda row: row["value"], default=None)
    title = _("Equity gap: attendances per 100 people of the group")
    average = 100 * total / profile.population
    return {
        "title": title,
        "average": average,
        "furthest": furthest,
        "sub": _("everybody: %(rate)s · people on record in %(year)s")
        % {"rate": num(average, 1), "year": profile.year},
        "svg": charts.gap_bars(rows, title=title, average=average, size=size),
        "headers": [_("Group"), _("Attendances"), _("People"), _("Per 100")],
        "rows": [
            [
                label,
                came,
                population,
                num(100 * (came or 0) / population, 1) if population else None,
            ]
            for label, came, population in groups
        ],
    }


def remote_population(lens: Lens) -> int | None:
    """People of the mountain, border and island communes beneath."""
    newest: dict[int, UnitProfile] = {}
    rows = (
        UnitProfile.objects.within(lens.access.view)
        .filter(
            unit__path__gte=lens.unit.path,
            unit__path__lt=lens.unit.path_end,
            unit__level=Unit.Level.COMMUNE,
            year__lte=lens.period.end.year,
        )
        .order_by("year")
    )
    for profile in rows:
        newest[profile.unit_id] = profile
    return sum(p.population or 0 for p in newest.values() if p.is_remote) or None


# --- What needs attention -----------------------------------------------------------------------


def attention(
    lens: Lens,
    ranked: Sequence[Standing],
    gap: dict[str, Any] | None,
    aims: plans.Table | None = None,
) -> list[dict[str, Any]]:
    """What a leader should ask about, worst first, each with the list behind it."""
    found: list[dict[str, Any]] = []
    silent = [s.unit for s in ranked if s.rank is None]
    if silent:
        found.append(
            {
                "sev": "e",
                "icon": "alert-circle",
                "title": ngettext(
                    "%(count)s unit has recorded nothing in %(period)s",
                    "%(count)s units have recorded nothing in %(period)s",
                    len(silent),
                )
                % {"count": num(len(silent)), "period": lens.period.label},
                "text": ", ".join(unit.short_name for unit in silent[:4])
                + (f" +{len(silent) - 4}" if len(silent) > 4 else ""),
                "url": f"{lens.indicator_url('attendances')}&sort=value",
                "label": _("List"),
            }
        )
    if aims:
        found += aims.attention(f"{lens.url(show='behind')}#units")
    missing = sessions_without_attendance(lens)
    if missing["count"]:
        found.append(
            {
                "sev": "w",
                "icon": "alert-triangle",
                "title": ngettext(
                    "%(count)s session has passed without attendance",
                    "%(count)s sessions have passed without attendance",
                    missing["count"],
                )
                % {"count": num(missing["count"])},
                "text": _("In %(units)s units; the oldest on %(day)s")
                % {"units": num(missing["units"]), "day": f"{missing['oldest']:%d/%m/%Y}"},
                "url": f"{reverse('classes:list')}?status=missing",
                "label": _("List"),
            }
        )
    found += falling(lens, ranked)
    found += idle_teams(lens)
    found += behind(lens, gap)
    found += thin_rosters(lens)
    return found[:5]


def behind(lens: Lens, gap: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The group that comes least, when it comes less than everybody."""
    if not gap or not gap["furthest"] or gap["furthest"]["value"] >= gap["average"]:
        return []
    row = gap["furthest"]
    return [
        {
            "sev": "m",
            "icon": "users",
            "title": _("%(group)s: %(rate)s attendances per 100")
            % {"group": row["label"], "rate": num(row["value"], 1)},
            "text": _("Everybody: %(rate)s per 100 people") % {"rate": num(gap["average"], 1)},
            "url": lens.rows_url("attendances"),
            "label": _("Records"),
        }
    ]


def thin_rosters(lens: Lens) -> list[dict[str, Any]]:
    """Few rosters: then nobody knows how many different people came."""
    if (value := of_everybody(lens)["roster_share"].shown) is None or value >= 50:
        return []
    return [
        {
            "sev": "m",
            "icon": "list-checks",
            "title": _("Only %(share)s of sessions kept a roster") % {"share": pct(value)},
            "text": _("Different people are known from rosters alone"),
            "url": lens.rows_url("sessions_with_roster"),
            "label": _("Records"),
        }
    ]


def sessions_without_attendance(lens: Lens) -> dict[str, Any]:
    """Planned sessions whose day has passed, in the lens's unit."""
    rows = ClassSession.objects.within(lens.access.view).filter(
        status=ClassSession.Status.PLANNED,
        held_on__lt=today(),
        training_class__cancelled_at__isnull=True,
        **subtree(lens, "training_class__"),
    )
    return rows.aggregate(
        count=Count("pk"),
        units=Count("training_class__unit", distinct=True),
        oldest=Max("held_on"),
    )


def subtree(lens: Lens, prefix: str = "") -> dict[str, Any]:
    """Records of the lens's unit on its axis, as a filter."""
    field = "unit" if lens.axis == OWNER else "place"
    if lens.unit.level == Unit.Level.PROVINCE:
        field = "unit"
    return {
        f"{prefix}{field}__path__gte": lens.unit.path,
        f"{prefix}{field}__path__lt": lens.unit.path_end,
    }


def falling(lens: Lens, ranked: Sequence[Standing]) -> list[dict[str, Any]]:
    """Units whose rate fell to less than half of the period before."""
    if not lens.period.is_over:
        return []
    units = [
        s
        for s in ranked
        if s.rate is not None and s.moved is not None and s.rate < (s.rate - s.moved) / 2
    ]
    if not units:
        return []
    return [
        {
            "sev": "w",
            "icon": "arrow-down",
            "title": ngettext(
                "%(count)s unit fell below half of the period before",
                "%(count)s units fell below half of the period before",
                len(units),
            )
            % {"count": num(len(units))},
            "text": ", ".join(s.unit.short_name for s in units[:4]),
            "url": lens.indicator_url("attendances"),
            "label": _("Compare"),
        }
    ]


def idle_teams(lens: Lens) -> list[dict[str, Any]]:
    """Teams that hosted neither class nor activity in the last sixty days."""
    since = today() - timedelta(days=60)
    teams = (
        CommunityTeam.objects.within(lens.access.view)
        .active_on(today())
        .filter(unit__path__gte=lens.unit.path, unit__path__lt=lens.unit.path_end)
    )
    busy = Q(
        pk__in=TrainingClass.objects.within(lens.access.view)
        .filter(
            team__isnull=False,
            sessions__status=ClassSession.Status.HELD,
            sessions__held_on__gte=since,
        )
        .values("team")
    ) | Q(activities__starts_on__gte=since, activities__cancelled_at__isnull=True)
    total = teams.count()
    idle = total - teams.filter(busy).distinct().count()
    if not idle:
        return []
    return [
        {
            "sev": "m",
            "icon": "share-2",
            "title": ngettext(
                "%(count)s of %(total)s teams is idle",
                "%(count)s of %(total)s teams are idle",
                idle,
            )
            % {"count": num(idle), "total": num(total)},
            "text": _("No class or activity of theirs in the last 60 days"),
            "url": reverse("teams:list"),
            "label": _("List"),
        }
    ]


# --- A commune, a hamlet, a department ------------------------------------------------------------


def own_and_others(lens: Lens, codes: Sequence[str]) -> list[dict[str, Any]]:
    """On a territory: what the unit did itself, what others did here, and all together."""
    unit = lens.unit
    asked: dict[str, Any] = {"period": lens.period, "access": lens.access}
    here = figures.figures(codes, axis=PLACE, units=[unit], **asked)[unit.pk]
    owned = figures.figures(codes, axis=OWNER, units=[unit], **asked)[unit.pk]
    both = figures.own_here(codes, unit=unit, **asked)
    rows = []
    for code in codes:
        total, own, everywhere = here[code].value, both[code].value, owned[code].value
        rows.append(
            {
                "label": str(indicator(code).label),
                "own": num(own),
                "others": num(None if total is None else total - (own or 0)),
                "total": num(total),
                "url": lens.with_(axis=PLACE).rows_url(code),
                "elsewhere": num(None if everywhere is None else everywhere - (own or 0)),
            }
        )
    return rows


def beneath(lens: Lens) -> list[dict[str, Any]]:
    """The units beneath as table rows, with what a commune officer looks for."""
    units = figures.children(lens.unit, axis=lens.axis, access=lens.access)
    codes = ("classes_and_support", "attendances", "people", "team_members", "activities")
    found = read(lens, codes, units)
    profiles: dict[int, UnitProfile] = {}
    for profile in (
        UnitProfile.objects.within(lens.access.view)
        .filter(unit__in=units, year__lte=lens.period.end.year)
        .order_by("year")
    ):
        profiles[profile.unit_id] = profile
    side = "place" if lens.axis == PLACE else "unit"
    last = dict(
        ClassSession.objects.within(lens.access.view)
        .filter(
            status=ClassSession.Status.HELD,
            training_class__cancelled_at__isnull=True,
            **{f"training_class__{side}__in": units},
        )
        .order_by()
        .values_list(f"training_class__{side}")
        .annotate(last=Max("held_on"))
    )
    aims = plans.table(lens, ("attendances", "people", "classes_and_support"), units)
    rows = []
    for unit in units:
        now = found[unit.pk]
        known = profiles.get(unit.pk)
        people = known.population if known else None
        came = now["attendances"].value
        rate = 100 * came / people if came is not None and people else None
        day = last.get(unit.pk)
        rows.append(
            {
                "unit": unit,
                "name": unit.name,
                "url": lens.url_of(unit),
                "population": people,
                "rate": rate,
                "last": day,
                "is_quiet": day is None or day < today() - timedelta(days=45),
                **{code: now[code].value for code in codes},
                "links": {code: lens.rows_url(code, unit) for code in codes},
                "plan": aims.by_unit.get(unit.pk) if aims else None,
                "aims": aims,
            }
        )
    longest = max((row["rate"] or 0 for row in rows), default=0) or 1  # type: ignore[type-var]
    for row in rows:
        row["bar"] = charts.bar(row["rate"], longest)
    return rows


def coming_sessions(lens: Lens) -> list[ClassSession]:
    """The next planned sessions here."""
    return list(
        ClassSession.objects.within(lens.access.view)
        .filter(
            status=ClassSession.Status.PLANNED,
            held_on__gte=today(),
            training_class__cancelled_at__isnull=True,
            **subtree(lens, "training_class__"),
        )
        .select_related("training_class")
        .order_by("held_on", "starts_at", "pk")[:3]
    )


def indicator_rows(lens: Lens, code: str, sort: str) -> list[dict[str, Any]]:
    """One indicator for every unit beneath; units without a figure come last."""
    units = figures.children(lens.unit, axis=lens.axis, access=lens.access)
    now = read(lens, (code,), units)
    before = read(lens.before, (code,), units)
    aims = plans.plans(lens, [code], units)
    rows: list[dict[str, Any]] = []
    for unit in units:
        figure, old = now[unit.pk][code], before[unit.pk][code].shown
        rows.append(
            {
                "unit": unit,
                "code": unit.code,
                "name": unit.name,
                "url": lens.url_of(unit),
                "raw": figure.shown,
                "raw_before": old,
                "figure": figure,
                "rows_url": lens.rows_url(code, unit),
                "moved": None if figure.shown is None or old is None else figure.shown - old,
                "plan": aims.get((unit.pk, code)),
            }
        )
    if sort.lstrip("-") == "name":
        rows.sort(key=lambda r: r["unit"].sort_key, reverse=sort.startswith("-"))
    elif sort == "value":  # those without a figure are what the reader looks for
        rows.sort(key=lambda r: (r["raw"] is not None, r["raw"] or 0, r["unit"].sort_key))
    else:
        rows.sort(key=lambda r: (r["raw"] is None, -(r["raw"] or 0), r["unit"].sort_key))
    return rows
