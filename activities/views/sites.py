"""The sites connected to one event: every commune in one table."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from activities import services
from activities.models import Activity, ActivitySite
from activities.services import SiteEntry
from activities.views.words import crumbs
from campaign.portal.access import PortalRequest
from campaign.portal.answers import whole_number
from campaign.portal.pages import get_scoped, id_in
from campaign.portal.rules import rule
from units.models import Unit

STATES = {"yes": True, "no": False, "": None}
MOST_PEOPLE = 1_000_000


@dataclass
class Row:
    """One unit of the table: what is stored, or what was just typed."""

    unit: Unit
    state: str = ""
    people: str = ""
    error: str = ""


@rule("enter")
@require_http_methods(["GET", "POST"])
def sites(request: PortalRequest, pk: int) -> HttpResponse:
    """Say which units were connected and how many people came there: one page, one save."""
    access = request.access
    activity = get_scoped(
        Activity.objects.within(access.edit).select_related("unit", "type"), pk=pk
    )
    units = list(services.site_units(activity, access))
    stored = {site.unit_id: site for site in activity.sites.all()}
    rows = [stored_row(unit, stored.get(unit.pk)) for unit in units]
    problem, status = "", 200
    if request.method == "POST":
        entries = read_rows(rows, request.POST)
        if not any(row.error for row in rows):
            try:
                version = request.POST.get("version", "")
                services.save_sites(
                    pk,
                    entries,
                    access=access,
                    version=id_in(version) or None,
                )
            except ValidationError as error:
                problem, status = error.messages[0], 409
            else:
                count = sum(1 for entry in entries.values() if entry.is_connected)
                messages.success(
                    request,
                    ngettext(
                        "%(count)s connected site saved.", "%(count)s connected sites saved.", count
                    )
                    % {"count": count},
                )
                return redirect(activity)
        else:
            status = 422
    activity.refresh_from_db(fields=["version"])
    return render(
        request,
        "activities/sites.html",
        {
            "title": _("Connected sites"),
            "crumbs": crumbs(
                Activity, (activity.title, activity.get_absolute_url()), (_("Connected sites"), "")
            ),
            "activity": activity,
            "rows": rows,
            "problem": problem,
            "errors": [row for row in rows if row.error],
            "is_dense": len(rows) > 40,
        },
        status=status,
    )


def stored_row(unit: Unit, site: ActivitySite | None) -> Row:
    """The row as it is stored."""
    if site is None:
        return Row(unit)
    people = "" if site.people is None else str(site.people)
    return Row(unit, "yes" if site.is_connected else "no", people)


def read_rows(rows: list[Row], data: QueryDict) -> dict[int, SiteEntry]:
    """Read the table as typed; a figure that cannot be is named beside its row."""
    all_connected = data.get("bulk") == "all"
    entries: dict[int, SiteEntry] = {}
    for row in rows:
        row.state = data.get(f"state-{row.unit.pk}", row.state)
        row.people = data.get(f"people-{row.unit.pk}", row.people).strip()
        if row.state not in STATES:
            row.state = ""
        if all_connected:
            row.state = "yes"
        row.error, people = checked(row)
        entries[row.unit.pk] = SiteEntry(STATES[row.state], people)
    return entries


def checked(row: Row) -> tuple[str, int | None]:
    """(what is wrong, people) of one row."""
    if not row.people.strip():
        return "", None
    try:
        people = int(whole_number(row.people))
    except ValidationError:
        people = -1
    if not 0 <= people <= MOST_PEOPLE:
        return _("Enter a whole number, for example 120."), None
    if row.state != "yes":
        return _("People were counted here, but the site is not marked as connected."), None
    return "", people
