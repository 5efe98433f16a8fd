"""Dashboards, indicators, and the rows behind every number."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaign.models import Audience, ChangeEntry, Job
from campaign.portal import jobs
from campaign.portal.access import Access, PortalRequest
from campaign.portal.exports import AT_ONCE, attachment, store
from campaign.portal.figures import num
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from campaign.portal.workbooks import safe_filename
from classes.models import TrainingClass
from reporting import dashboards, figures, sheets
from reporting.closing.standing import standing_of
from reporting.declared.card import card
from reporting.declared.rules import LEVELS
from reporting.indicators import ALL, BY_CODE, Dim, Indicator
from reporting.lens import OWNER, PLACE, TERRITORY, Lens, dashboard_url
from reporting.targets import plans
from units.models import CommunityTeam, Unit

SHOWN = ("low", "high", "all", "behind")


def _unit(request: PortalRequest, pk: int) -> Unit:
    return get_scoped(Unit.objects.within(request.access.view), pk=pk)


@rule("signed_in")
@require_safe
def dashboard(request: PortalRequest) -> HttpResponse:
    """The person's first dashboard: the province for those who see it, else the own unit."""
    paths = request.access.view.paths
    if not paths:
        return render(request, "reporting/no_posting.html", {"title": _("Dashboard")})
    unit = Unit.objects.within(request.access.view).get(path=paths[0])
    target = dashboard_url(unit)
    query = request.GET.urlencode()
    return redirect(f"{target}?{query}" if query else target)


@rule("signed_in")
@require_safe
def province_dashboard(request: PortalRequest, pk: int) -> HttpResponse:
    """The whole province on one screen."""
    unit = _unit(request, pk)
    if unit.level != Unit.Level.PROVINCE:
        raise Http404
    lens = Lens.of(unit, request.GET, request.access)
    if request.GET.get("format") == "xlsx":
        return workbook(lens)
    show = request.GET.get("show", "low")
    if show not in SHOWN:
        raise Http404
    body = cached(request, lens, "reporting/_province.html", lambda: province_body(lens, show))
    return render(
        request,
        "reporting/province.html",
        {
            "title": _("Dashboard of %(unit)s") % {"unit": unit.name[:1].lower() + unit.name[1:]},
            "body": body,
            "standing": standing_of(lens),
            "declared": card(unit, lens.period, request.access) if unit.level in LEVELS else None,
            "may_enter": request.access.edit.covers(unit.path),
            **frame(lens),
        },
    )


def province_body(lens: Lens, show: str) -> dict[str, Any]:
    """Everything on the provincial page that figures decide."""
    ranked = dashboards.standings(lens)
    gap = dashboards.equity(lens)
    units, codes = [standing.unit for standing in ranked], dashboards.RANKED
    known = plans.set_for(lens, {*codes, *dashboards.PLANNED}, [lens.unit, *units])
    aims = plans.table(lens, codes, units, known=known)
    shows = [("low", _("Lowest")), ("high", _("Highest"))]
    if aims:
        shows.append(("behind", _("Behind %(count)s") % {"count": num(len(aims.behind))}))
    shows.append(("all", _("All %(count)s") % {"count": num(len(ranked))}))
    return {
        "lens": lens,
        "tiles": dashboards.tiles(lens, known),
        "people_note": dashboards.people_note(lens),
        "trend": dashboards.trend(lens),
        "attention": dashboards.attention(lens, ranked, gap, aims),
        "ranking": dashboards.ranking_rows(lens, ranked, show, aims),
        "shows": [
            {"label": label, "url": lens.url(show=key), "current": key == show}
            for key, label in shows
        ],
        "aims": aims,
        "grid": dashboards.grid(lens, ranked, aims) if lens.axis == PLACE else [],
        "count": len(ranked),
        "rest": dashboards.rest_of(lens, ranked),
        "split": dashboards.audience_split(lens),
        "equity": gap,
        "is_territory": lens.axis == PLACE,
    }


@rule("signed_in")
@require_safe
def unit_dashboard(request: PortalRequest, pk: int) -> HttpResponse:
    """A commune, a hamlet, a department or a school: its figures and the units beneath."""
    unit = _unit(request, pk)
    if unit.level == Unit.Level.PROVINCE:
        return redirect(f"{dashboard_url(unit)}?{request.GET.urlencode()}")
    lens = Lens.of(unit, request.GET, request.access)
    if request.GET.get("format") == "xlsx":
        return workbook(lens)
    body = cached(request, lens, "reporting/_unit.html", lambda: unit_body(lens))
    return render(
        request,
        "reporting/unit.html",
        {
            "title": unit.name,
            "body": body,
            "standing": standing_of(lens),
            "unit": unit,
            "profile": dashboards.profile_of(lens),
            "tabs": tabs(request, lens),
            "may_enter": request.access.edit.covers(unit.path),
            "declared": card(unit, lens.period, request.access) if unit.level in LEVELS else None,
            **frame(lens),
        },
    )


def unit_body(lens: Lens) -> dict[str, Any]:
    """Everything on a unit's page that figures decide."""
    is_territory = lens.unit.level in TERRITORY
    codes = ("classes_and_support", "sessions", "attendances", "activities", "reach")
    tiles, rows = dashboards.tiles(lens), dashboards.beneath(lens)
    aims = rows[0]["aims"] if rows else None
    return {
        "lens": lens,
        "unit": lens.unit,
        "tiles": tiles,
        "aims": aims,
        "own_plan": plans.plans(lens, [aims.code], [lens.unit]).get((lens.unit.pk, aims.code))
        if aims
        else None,
        "people_note": dashboards.people_note(lens),
        "is_territory": is_territory,
        "beneath": rows,
        "whole": dashboards.read(
            lens,
            ("classes_and_support", "attendances", "people", "team_members", "activities"),
            [lens.unit],
        )[lens.unit.pk],
        # told of everybody: an audience's view leaves it out
        "own_and_others": dashboards.own_and_others(lens, codes)
        if is_territory and lens.audience is None
        else [],
        "split": dashboards.audience_split(lens, "narrow"),
        "equity": dashboards.equity(lens, "narrow"),
        "trend": dashboards.trend(lens),
        "coming": dashboards.coming_sessions(lens),
    }


def tabs(request: PortalRequest, lens: Lens) -> list[dict[str, Any]]:
    """The ways on from a unit's page, with counts of all its records."""
    unit, access = lens.unit, request.access
    inside = {"unit__path__gte": unit.path, "unit__path__lt": unit.path_end}
    found: list[dict[str, Any]] = [
        {"label": _("Overview"), "url": lens.url(), "current": True},
        {
            "label": _("Classes"),
            "url": f"{reverse('classes:list')}?unit={unit.pk}",
            "count": TrainingClass.objects.within(access.view).filter(**inside).count(),
        },
        {"label": _("Activities"), "url": f"{reverse('activities:list')}?unit={unit.pk}"},
        {
            "label": _("Teams"),
            "url": f"{reverse('teams:list')}?unit={unit.pk}",
            "count": CommunityTeam.objects.within(access.view)
            .filter(ended_on__isnull=True, **inside)
            .count(),
        },
    ]
    if access.may("people") and access.people.covers(unit.path):
        found.append({"label": _("Participants"), "url": reverse("participants:list")})
    if unit.level in (Unit.Level.COMMUNE, Unit.Level.DEPARTMENT):
        found.append({"label": _("Data quality"), "url": reverse("quality:unit", args=[unit.pk])})
    found.append({"label": _("Unit record"), "url": unit.get_absolute_url()})
    return found


# --- The frame around every dashboard --------------------------------------------------------


def frame(lens: Lens) -> dict[str, Any]:
    """Breadcrumb, pickers, export address and the line that says how sure the figures are."""
    return {
        "lens": lens,
        "unit": lens.unit,
        "crumbs": crumbs(lens),
        "picker": lens.period_links(),
        "audiences": [
            {
                "label": word.name,
                "url": lens.with_(audience=word).url(),
                "current": lens.audience == word,
            }
            for word in Audience.objects.filter(is_archived=False)
        ],
        "everybody_url": lens.with_(audience=None).url(),
        "axes": axes(lens),
        "export_url": lens.url(format="xlsx"),
        "as_of": figures.as_of(),
        "in_words": lens.in_words(),
        "compared": lens.before_words,
    }


def axes(lens: Lens) -> list[dict[str, Any]]:
    """The two ways to add up: by place and by organising unit (territories only)."""
    if lens.unit.level not in TERRITORY:
        return []
    return [
        {
            "label": label,
            "url": lens.with_(axis=axis).url(),
            "current": lens.axis == axis,
        }
        for axis, label in ((PLACE, _("By place")), (OWNER, _("By organiser")))
    ]


def crumbs(lens: Lens) -> list[tuple[str, str | None]]:
    """The way down to this unit, as far as the reader may see it."""
    above = {
        unit.pk: unit
        for unit in Unit.objects.within(lens.access.view).filter(pk__in=lens.unit.ancestor_ids)
    }
    way = [above[pk] for pk in lens.unit.ancestor_ids if pk in above]
    return [(unit.name, None if unit.pk == lens.unit.pk else lens.url_of(unit)) for unit in way]


def cached(request: PortalRequest, lens: Lens, template: str, build: Any) -> Any:
    """The body of a dashboard, kept while its figures do not change.

    The key holds everything the body depends on: data version, day, scope, language, address.
    """
    scope = ",".join(sorted({*lens.access.view.paths, *(f"e{p}" for p in lens.access.edit.paths)}))
    parts = [
        template,
        figures.data_version(),
        plans.version(),
        dashboards.today().isoformat(),
        scope,
        get_language() or "",
        request.path,
        lens.query(),
        request.GET.get("show", ""),
    ]
    key = "body:" + hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
    body = cache.get(key)
    if body is None:
        body = render_to_string(template, build(), request=None)
        cache.set(key, body, 600)
    return body


# --- Indicators and rows -----------------------------------------------------------------------


def _home_unit(request: PortalRequest) -> Unit:
    raw = request.GET.get("unit", "")
    if raw:
        return _unit(request, id_in(raw))
    paths = request.access.view.paths
    if not paths:
        raise Http404
    return Unit.objects.within(request.access.view).get(path=paths[0])


@rule("signed_in")
@require_safe
def indicators(request: PortalRequest) -> HttpResponse:
    """Every indicator, what it means, and its figure for the reader's unit now."""
    lens = Lens.of(_home_unit(request), request.GET, request.access).with_(audience=None)
    found = figures.figures(list(BY_CODE), units=[lens.unit], **lens.question)[lens.unit.pk]
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in ALL:
        groups.setdefault(str(one.group.label), []).append(
            {"indicator": one, "figure": found[one.code], "url": lens.indicator_url(one.code)}
        )
    return render(
        request,
        "reporting/indicators.html",
        {"title": _("List of indicators"), "groups": groups, **frame(lens)},
    )


@rule("signed_in")
@require_safe
def indicator(request: PortalRequest, code: str) -> HttpResponse:
    """One indicator for every unit beneath, with its definition and its course over time."""
    if code not in BY_CODE:
        raise Http404
    lens = Lens.of(_home_unit(request), request.GET, request.access)
    chosen = BY_CODE[code]
    rows = dashboards.indicator_rows(lens, code, request.GET.get("sort", "-value"))
    if request.GET.get("format") == "xlsx":
        buffer = io.BytesIO()
        sheets.write_indicator(buffer, lens, chosen, rows)
        return exported(request, lens, buffer, code)
    context = frame(lens) | {
        "export_url": f"{lens.indicator_url(code)}&format=xlsx",
        "title": chosen.label,
        "indicator": chosen,
        "rows": rows,
        "whole": dashboards.read(lens, (code,), [lens.unit])[lens.unit.pk][code],
        "whole_url": lens.rows_url(code),
        "whole_plan": plans.plans(lens, [code], [lens.unit]).get((lens.unit.pk, code)),
        "has_plans": any(row["plan"] for row in rows),
        "trend": None if chosen.is_ratio else dashboards.trend(lens, code),
        "picker": None,
    }
    return render(request, "reporting/indicator.html", context)


@rule("signed_in")
@require_safe
def rows(request: PortalRequest, code: str) -> HttpResponse:
    """The records that make a number; their amounts add up to it."""
    if code not in BY_CODE:
        raise Http404
    lens = Lens.of(_home_unit(request), request.GET, request.access)
    chosen = BY_CODE[BY_CODE[code].drill_code]
    by, where = condition(chosen, lens, request.GET)
    found = figures.rows(code, unit=lens.unit, where=where or None, **lens.question)
    if request.GET.get("format") == "xlsx":
        if found.count > AT_ONCE:
            return queue_rows(request, lens, code, found)
        buffer = io.BytesIO()
        sheets.write_rows(buffer, lens, chosen, found)
        return exported(request, lens, buffer, f"{code}-rows")
    records: Any = Records(found)
    page: Any = Paginator(records, 50).get_page(request.GET.get("page"))
    more: dict[str, Any] = {"by": by, "key": where[by]} if by else {}
    return render(
        request,
        "reporting/rows.html",
        frame(lens)
        | {
            "title": _("%(indicator)s: the records") % {"indicator": chosen.label},
            "indicator": chosen,
            "found": found,
            "page": page,
            "picker": None,
            "rows": [cells_of(row, found) for row in page],
            "export_url": lens.rows_url(code, format="xlsx", **more),
        },
    )


def condition(chosen: Indicator, lens: Lens, params: Any) -> tuple[str, dict[str, str]]:
    """The condition a list of records is narrowed by: the lens's audience, and one dimension."""
    where: dict[str, str] = dict(lens.where or {}) if Dim.AUDIENCE in chosen.dims else {}
    by = params.get("by", "")
    if by and by not in chosen.dims:
        raise Http404
    if by:
        where[by] = params.get("key", "")
    return by, where


def queue_rows(request: PortalRequest, lens: Lens, code: str, found: figures.Rows) -> HttpResponse:
    """Long lists of records are written by a job; the person may leave meanwhile."""
    queued = jobs.enqueue(
        "export_rows",
        access=request.access,
        label=_("%(list)s: %(count)s rows") % {"list": found.indicator.label, "count": found.count},
        params={"code": code, "unit": lens.unit.pk, "query": request.GET.urlencode()},
    )
    return redirect("export", key=queued.key)


@jobs.job("export_rows")
def make_rows_file(job: Job, access: Access, progress: jobs.Progress) -> None:
    """Write the records behind a number with the person's access as it is now."""
    unit = Unit.objects.within(access.view).filter(pk=job.params["unit"]).first()
    if unit is None:
        raise jobs.JobRefused(_("You may no longer open this list."))
    params = QueryDict(job.params["query"])
    lens = Lens.of(unit, params, access)
    code = job.params["code"]
    chosen = BY_CODE[BY_CODE[code].drill_code]
    _by, where = condition(chosen, lens, params)
    found = figures.rows(code, unit=unit, where=where or None, **lens.question)
    progress(0, found.count)
    store(job, f"{code}-rows", lambda target: sheets.write_rows(target, lens, chosen, found))
    progress(found.count, found.count)


class Records:
    """The records behind a number, as a paginator reads them: a page at a time."""

    def __init__(self, found: figures.Rows) -> None:
        self.found = found

    def __len__(self) -> int:
        return self.found.count

    def __getitem__(self, part: slice) -> list[figures.Row]:
        return self.found.source.read(part.start, part.stop)


def cells_of(row: figures.Row, found: figures.Rows) -> list[dict[str, Any]]:
    """One record as the table shows it; its title leads to its page."""
    cells = []
    for column in found.columns:
        value = column.value(row)
        text = (
            num(value)
            if column.kind == "int"
            else f"{value:%d/%m/%Y}"
            if column.kind == "date" and value
            else value
        )
        cells.append(
            {
                "text": text or ("" if column.kind != "int" else text),
                "url": row.url if column.key == "title" else "",
                "is_number": column.kind == "int",
            }
        )
    return cells


def workbook(lens: Lens) -> HttpResponse:
    """What the dashboard shows, as a workbook."""
    buffer = io.BytesIO()
    sheets.write_dashboard(buffer, lens)
    return exported(None, lens, buffer, "Dashboard")


def exported(
    request: PortalRequest | None, lens: Lens, buffer: io.BytesIO, slug: str
) -> HttpResponse:
    """Hand out a workbook of figures and write down that it was."""
    ChangeEntry.objects.create(
        by=lens.access.user,
        action=ChangeEntry.Action.EXPORTED,
        model="figures",
        record_id=lens.unit.pk,
        record_label=lens.unit.name[:200],
        unit_path=lens.unit.path,
        reason=lens.in_words()[:300],
        door="export",
    )
    return attachment(buffer.getvalue(), safe_filename(slug, period=lens.period.code))
