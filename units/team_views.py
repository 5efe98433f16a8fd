"""Community teams: list, form, page of one team, its end and its return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaign.models import CampaignSettings, ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.lists import Column, EditAct, ListPage
from campaign.portal.pages import FormPage, get_scoped, id_in
from campaign.portal.rules import rule
from units.fields import unit_label
from units.models import CommunityTeam, TeamMember, Unit
from units.team_filters import TeamFilters, day_from
from units.team_forms import EndTeamForm, MemberRows, TeamForm

Role = TeamMember.Role


def commune_of(team: CommunityTeam) -> Unit:
    """The commune a team belongs to (its unit, or the unit above)."""
    unit = team.unit
    return unit.parent if unit.level == Unit.Level.HAMLET and unit.parent else unit


def hamlet_of(team: CommunityTeam) -> str:
    """The name of the hamlet, '' for a team of the whole commune."""
    return team.unit.name if team.unit.level == Unit.Level.HAMLET else ""


class TeamList(ListPage):
    """Teams in view, with members and leader on the chosen day."""

    model = CommunityTeam
    filters = TeamFilters
    template = "teams/list.html"
    row_template = "teams/_row.html"
    noun = gettext_lazy("teams")
    default_sort = "unit"
    file_slug = "to-cong-nghe-so"
    acts = (
        EditAct(
            "edit",
            gettext_lazy("Edit many"),
            "pencil",
            form=TeamForm,
            names=("decision_number", "decided_on", "note"),
        ),
    )
    import_kind = "teams"
    columns = [
        Column(
            "name",
            gettext_lazy("Team"),
            lambda t: t.name,
            sort=("sort_key",),
            width=38,
            is_name=True,
        ),
        Column(
            "unit",
            gettext_lazy("Hamlet"),
            hamlet_of,
            sort=("unit__path", "sort_key"),
            in_file=False,
            width=22,
            parts=("served",),
        ),
        Column(
            "served",
            gettext_lazy("Hamlet or commune"),
            lambda t: unit_label(t.unit),
            on_screen=False,
            width=26,
        ),
        Column("commune", gettext_lazy("Commune"), lambda t: commune_of(t).name, width=24),
        Column("members", gettext_lazy("Members"), lambda t: t.members_on, "int", ("members_on",)),
        Column("leader", gettext_lazy("Team leader"), lambda t: t.leader or "", width=24),
        Column(
            "decision",
            gettext_lazy("Decision number"),
            lambda t: t.decision_number,
            "code",
            ("decision_number",),
        ),
        Column(
            "decided",
            gettext_lazy("Decision date"),
            lambda t: t.decided_on,
            "date",
            ("decided_on",),
        ),
        Column(
            "founded", gettext_lazy("Active from"), lambda t: t.founded_on, "date", ("founded_on",)
        ),
        Column(
            "ended",
            gettext_lazy("Ended on"),
            lambda t: t.ended_on,
            "date",
            ("ended_on",),
            on_screen=False,
        ),
        Column(
            "reason", gettext_lazy("Reason for ending"), lambda t: t.ended_reason, on_screen=False
        ),
        Column(
            "state", gettext_lazy("State"), lambda t: "", in_file=False, parts=("ended", "reason")
        ),
    ]

    @property
    def title(self) -> str:  # type: ignore[override]
        """What the province calls its teams."""
        return CampaignSettings.current().team_label

    @property
    def day(self) -> date:
        """The day the list is about."""
        return day_from(self.params.get("on"))

    def rows(self) -> models.QuerySet[Any]:
        teams: Any = super().rows().select_related("unit__parent")
        return teams.with_members_on(self.day)

    def totals(self, queryset: models.QuerySet[Any]) -> list[tuple[Any, int]]:
        active = queryset.active_on(self.day)  # type: ignore[attr-defined]
        known = TeamMember.objects.within(self.access.view).serving_on(self.day)
        members = known.filter(team__in=active.values("pk"))
        return [(_("active teams"), active.count()), (_("serving members"), members.count())]

    def url_of(self, record: CommunityTeam) -> str:
        url = record.get_absolute_url()
        return url if self.day == timezone.localdate() else f"{url}?on={self.day:%d/%m/%Y}"

    def more_context(self, page: Any) -> dict[str, Any]:
        for team in page:
            team.is_active_then = is_active(team, self.day)
            team.commune, team.hamlet = commune_of(team), hamlet_of(team)
        return {
            "day": self.day,
            "may_add": bool(self.access.edit) and self.access.may("enter"),
        }


def is_active(team: CommunityTeam, day: date) -> bool:
    """Whether the team is active on a day."""
    return team.founded_on <= day and (team.ended_on is None or team.ended_on > day)


def serves_on(member: TeamMember, team: CommunityTeam, day: date) -> bool:
    """Whether a member serves on a day."""
    has_left = member.left_on is not None and member.left_on <= day
    return is_active(team, day) and member.joined_on <= day and not has_left


def may_see_phones(access: Access, team: CommunityTeam) -> bool:
    """Phones are for those who work with the team; everybody else sees names and roles."""
    return access.edit.covers(team.unit.path) or access.people.covers(team.unit.path)


@dataclass(frozen=True)
class Moment:
    """Something that happened to a team on a day, and how many served after it."""

    on: date
    what: str
    members: int


def timeline(team: CommunityTeam, members: Iterable[TeamMember]) -> list[Moment]:
    """Founded, joined, left, ended: newest first, with the number of members after each day."""
    members = list(members)
    days: dict[date, list[str]] = {team.founded_on: [_("The team is founded")]}
    for member in members:
        joined = max(member.joined_on, team.founded_on)
        if joined != team.founded_on:
            days.setdefault(joined, []).append(_("%(name)s joins") % {"name": member})
        if member.left_on:
            days.setdefault(member.left_on, []).append(_("%(name)s leaves") % {"name": member})
    if team.ended_on:
        words = _("The team ends: %(reason)s") % {"reason": team.ended_reason or "–"}
        days.setdefault(team.ended_on, []).append(words)
    return [
        Moment(day, "; ".join(what), sum(serves_on(m, team, day) for m in members))
        for day, what in sorted(days.items(), reverse=True)
    ]


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One team: who serves on the chosen day, who served before, what happened when."""
    teams = CommunityTeam.objects.within(request.access.view).select_related("unit__parent")
    team = get_scoped(teams, pk=pk)
    day = day_from(request.GET.get("on"))
    members = list(team.members.all())
    order = {Role.LEADER: 0, Role.DEPUTY: 1, Role.MEMBER: 2}
    serving = [m for m in members if serves_on(m, team, day)]
    others = [m for m in members if m not in serving]
    commune = commune_of(team)
    context = {
        "team": team,
        "commune": commune,
        "hamlet": hamlet_of(team),
        "day": day,
        "today": timezone.localdate(),
        "is_today": day == timezone.localdate(),
        "is_active": is_active(team, day),
        "serving": sorted(serving, key=lambda m: order[Role(m.role)]),
        "others": others,
        "has_leader": any(m.role == Role.LEADER for m in serving),
        "women": sum(m.sex == TeamMember.Sex.FEMALE for m in serving),
        "moments": timeline(team, members),
        "sees_phones": may_see_phones(request.access, team),
        "may_edit": request.access.edit.covers(team.unit.path) and request.access.may("enter"),
        "entries": [
            {"entry": entry, "changes": history.in_words(entry)}
            for entry in history.history_of(team)[:30]
        ],
        "crumbs": [
            (CampaignSettings.current().team_label, reverse("teams:list")),
            (commune.name, f"{reverse('teams:list')}?unit={commune.pk}"),
            (team.name, ""),
        ],
    }
    return render(request, "teams/detail.html", context)


class TeamPage(FormPage):
    """Add or change a team together with its members."""

    model = CommunityTeam
    form_class = TeamForm
    template = "teams/form.html"
    title_new = gettext_lazy("Add a team")
    title_edit = gettext_lazy("Edit the team")
    part_labels = {"members": gettext_lazy("Members")}

    def initial(self) -> dict[str, Any]:
        """A copy shares unit and decision: one decision often founds many teams."""
        source = id_in(self.request.GET.get("copy"))
        if source:
            team = get_scoped(CommunityTeam.objects.within(self.access.edit), pk=source)
            names = ("unit", "name", "decision_number", "decided_on", "founded_on")
            return {name: getattr(team, name) for name in names}
        unit = id_in(self.request.GET.get("unit"))
        return {"unit": unit} if unit else {}

    def formsets(self, record: Any, data: Any = None) -> dict[str, BaseFormSet]:
        founded = day_from(data.get("founded_on")) if data and data.get("founded_on") else None
        scoped = TeamMember.objects.within(self.access.edit)
        rows = scoped.filter(team=record) if record else scoped.none()
        members = MemberRows(
            data,
            instance=record,
            prefix="members",
            access=self.access,
            founded_on=founded,
            queryset=rows.order_by("left_on", "sort_key", "pk"),
        )
        if data is None:
            members.extra = 1 if record else 4
        return {"members": members}

    def success_message(self, record: Any, *, is_new: bool) -> str:
        people = record.members.count()
        return _("Saved: %(name)s, %(count)s members on record.") % {
            "name": record,
            "count": people,
        }

    def more_context(self) -> dict[str, Any]:
        label = CampaignSettings.current().team_label
        return {
            "crumbs": [
                (label, reverse("teams:list")),
                *(
                    [(self.record.name, self.record.get_absolute_url()), (_("Edit"), "")]
                    if self.record
                    else [(_("Add a team"), "")]
                ),
            ],
        }


def _own_team(request: PortalRequest, pk: int) -> CommunityTeam:
    """The team, locked, if the person may change it."""
    teams = CommunityTeam.objects.within(request.access.edit)
    return get_scoped(teams.select_for_update(of=("self",)), pk=pk)


def _store_end(
    request: PortalRequest, team: CommunityTeam, day: date | None, reason: str, action: str
) -> None:
    """Write the end of a team, or take it back, with its place in the history."""
    fields = ["ended_on", "ended_reason"]
    before = history.snapshot(team, fields)
    team.ended_on, team.ended_reason, team.version = day, reason, team.version + 1
    team.full_clean()
    team.save()
    changes = history.differences(before, history.snapshot(team, fields))
    history.record_change(team, action, access=request.access, changes=changes, reason=reason)


@rule("enter")
@transaction.atomic
def end(request: PortalRequest, pk: int) -> HttpResponse:
    """End a team on a day, with a reason. Nothing is deleted."""
    team = _own_team(request, pk)
    form = EndTeamForm(request.POST or None, access=request.access, team=team)
    if team.ended_on is None and request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        _store_end(
            request, team, wanted["ended_on"], wanted["reason"], ChangeEntry.Action.CANCELLED
        )
        messages.success(
            request,
            _("%(name)s has ended. Earlier figures stay.") % {"name": team},
            extra_tags=f"undo:{reverse('teams:restore', args=[team.pk])}",
        )
    elif team.ended_on is None:
        context = {"team": team, "form": form, "title": _("End the team")}
        return render(request, "teams/end.html", context, status=422 if form.errors else 200)
    return redirect(team)


@rule("enter")
@require_POST
@transaction.atomic
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the end of a team back."""
    team = _own_team(request, pk)
    if team.ended_on is not None:
        _store_end(request, team, None, "", ChangeEntry.Action.RESTORED)
        messages.success(request, _("%(name)s is active again.") % {"name": team})
    return redirect(team)
