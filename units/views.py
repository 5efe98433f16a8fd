"""Pages of the unit register."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models, transaction
from django.db.models import Count, OuterRef, Subquery
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaign.models import ChangeEntry
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.lists import Column, ListPage
from campaign.portal.lists.saved import EVERYTHING
from campaign.portal.pages import FormPage, get_scoped, id_in
from campaign.portal.rules import rule
from units.fields import SCOPES, unit_label, units_to_choose
from units.filters import AREAS, UnitFilters
from units.forms import BodyForm, ContactForm, EndForm, HamletForm, ProfileForm
from units.models import Unit, UnitProfile
from units.timeline import timeline_of

Level = Unit.Level

SUGGESTED = 20
OWN_LEVELS = (Level.HAMLET, Level.DEPARTMENT, Level.ORGANISATION)
"""Levels the province keeps itself; provinces and communes are set by law."""


@rule("signed_in")
def suggest(request: PortalRequest) -> JsonResponse:
    """Units a person may choose, found by what was typed so far; at most twenty."""
    scope = request.GET.get("scope", "listed")
    levels = tuple(filter(None, request.GET.get("level", "").split(",")))
    if scope not in (*SCOPES, "listed") or set(levels) - set(Level.values):
        raise Http404
    words = request.GET.get("q", "")[:100]
    units = units_to_choose(
        request.access, scope, levels, former=request.GET.get("former") == "1"
    ).matching(words)[:SUGGESTED]
    results = [
        {
            "id": unit.pk,
            "label": unit_label(unit),
            "name": unit.name,
            "code": unit.code,
            "kind": str(unit.get_kind_display()),
            "parent": unit.parent.name if unit.parent else "",
            "former": unit.is_former,
        }
        for unit in units
    ]
    response = JsonResponse({"results": results})
    response["Cache-Control"] = "private, no-store"
    return response


# --- The list ---------------------------------------------------------------------------------


def with_latest_profile(units: models.QuerySet[Any], access: Access) -> models.QuerySet[Any]:
    """Units with the figures of the latest year that has any, and their flags, where in view."""
    profiles = UnitProfile.objects.within(access.view).filter(unit=OuterRef("pk"))
    latest = profiles.order_by("-year")
    counted = latest.exclude(population=None, households=None)
    return units.annotate(
        population=Subquery(counted.values("population")[:1]),
        population_year=Subquery(counted.values("year")[:1]),
        households=Subquery(counted.values("households")[:1]),
        **{name: Subquery(latest.values(name)[:1]) for name, _label in AREAS},
    )


def flags_of(unit: Any) -> list[str]:
    """The flags of a unit's area, in words."""
    return [str(label) for name, label in AREAS if getattr(unit, name, None)]


class UnitList(ListPage):
    """Units in view, and the public register of communes and departments."""

    model = Unit
    filters = UnitFilters
    template = "units/list.html"
    row_template = "units/_row.html"
    title = gettext_lazy("Units")
    noun = gettext_lazy("units")
    default_sort = "name"
    file_slug = "don-vi"

    @property
    def import_kind(self) -> str:  # type: ignore[override]
        """Hamlets and organisations are brought in, each by itself."""
        level = self.params.get("level", "")
        return {"hamlet": "hamlets", "organisation": "organisations"}.get(level, "")

    columns = [
        Column("code", gettext_lazy("Code"), lambda u: u.code, "code", ("code",)),
        Column("name", gettext_lazy("Name"), lambda u: u.name, sort=("sort_key",), width=34,
            is_name=True),
        Column(
            "kind", gettext_lazy("Kind of unit"), lambda u: u.get_kind_display(), sort=("kind",)
        ),
        Column(
            "parent", gettext_lazy("Belongs to"), lambda u: u.parent.name if u.parent else "",
            sort=("parent__sort_key", "sort_key"), width=30,
        ),
        Column(
            "population", gettext_lazy("Population"), lambda u: u.population, "int",
            ("population",),
        ),
        Column("year", gettext_lazy("Year of the figures"), lambda u: u.population_year, "code",
            on_screen=False),
        Column("households", gettext_lazy("Households"), lambda u: u.households, "int", on_screen=False),
        Column("flags", gettext_lazy("Area"), lambda u: ", ".join(flags_of(u)), width=26),
        Column(
            "from", gettext_lazy("Exists from"), lambda u: u.valid_from, "date", ("valid_from",)
        ),
        Column("to", gettext_lazy("Exists until"), lambda u: u.valid_to, "date", ("valid_to",),
            on_screen=False),
        Column(
            "area", gettext_lazy("Area before 1 July 2025"), lambda u: u.former_area, width=34,
            on_screen=False,
        ),
    ]  # fmt: skip

    def rows(self) -> models.QuerySet[Any]:
        listed = Unit.objects.get_queryset().listed(self.access).select_related("parent")  # type: ignore[attr-defined]
        return with_latest_profile(listed, self.access)

    def sorted(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """What was searched for stands in the order of likeness until a column is chosen."""
        if self.params.get("q", "").strip() and not self.params.get("sort"):
            self.sort = ""
            return queryset
        return super().sorted(queryset)

    def more_context(self, page: Any) -> dict[str, Any]:
        for unit in page:
            unit.flags = flags_of(unit)
        manage = self.access.manage
        return {
            "tree": self.tree(),
            "may_add": bool(manage) and self.access.may("units"),
            "may_add_bodies": may_add_bodies(self.access),
        }

    def edit_url_of(self, record: Unit) -> str:
        may = self.access.may("units") and self.access.manage.covers(record.path)
        is_kept = record.level in EDIT_PAGES and record.code_system != Unit.CodeSystem.QD124_2004
        return reverse("units:edit", args=[record.pk]) if may and is_kept else ""

    def ready_tabs(self, total: int) -> list[dict[str, Any]]:
        """The levels as tabs, each with its number of units under the other conditions."""
        data = self.params.copy()
        for key in ("level", "view"):
            data.pop(key, None)
        others = UnitFilters(data, queryset=self.rows(), access=self.access)
        queryset = others.qs if others.is_valid() else self.rows()
        counts = dict(
            queryset.order_by().values("level").annotate(n=Count("pk")).values_list("level", "n")
        )
        data.pop("page", None)
        data.pop("format", None)
        chosen = self.params.get("level", "")
        tabs = [("", _("All"), sum(counts.values()))]
        tabs += [(lv.value, lv.label, counts[lv.value]) for lv in Level if counts.get(lv.value)]  # type: ignore[misc]
        found = []
        for value, label, count in tabs:
            query = data.copy()
            if value:
                query["level"] = value
            elif self.opens_with:
                query["view"] = EVERYTHING
            is_current = value == chosen and self.view is None
            url = f"{self.request.path}?{query.urlencode()}" if query else self.request.path
            found.append({"label": label, "count": count, "url": url, "current": is_current})
        return found

    def tree(self) -> list[dict[str, Any]]:
        """The province, its communes and departments, and what stands under the chosen one."""
        listed = Unit.objects.get_queryset().listed(self.access).in_force()  # type: ignore[attr-defined]
        chosen = self.params.get("commune", "")
        branches = []
        for province in listed.filter(level=Level.PROVINCE):
            below = list(
                listed.filter(parent=province, level__in=[Level.COMMUNE, Level.DEPARTMENT])
            )
            for unit in below:
                unit.chosen = str(unit.pk) == chosen or unit.path in self.access.view.paths
                unit.below = list(listed.filter(parent=unit)) if unit.chosen else []
            branches.append(
                {
                    "unit": province,
                    "communes": [u for u in below if u.level == Level.COMMUNE],
                    "departments": [u for u in below if u.level == Level.DEPARTMENT],
                }
            )
        return branches


def may_add_bodies(access: Access) -> bool:
    """Whether the person keeps departments and organisations: of the whole province."""
    return access.may("units") and any(access.manage.covers(p) for p in access.register.paths)


# --- One unit ---------------------------------------------------------------------------------


def crumbs_to(unit: Unit, *, last: str = "") -> list[tuple[str, str]]:
    """The way down to a unit, and perhaps to a page below it."""
    chain: list[Unit] = []
    above = unit.parent
    while above is not None:
        chain.insert(0, above)
        above = above.parent
    crumbs = [(_("Units"), reverse("units:list"))]
    crumbs += [(u.name, u.get_absolute_url()) for u in chain]
    crumbs.append((unit.name, unit.get_absolute_url() if last else ""))
    return [*crumbs, (last, "")] if last else crumbs


@rule("signed_in")
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    """One unit: the public facts of it, and for those who may see it, all the rest."""
    access = request.access
    listed = Unit.objects.get_queryset().listed(access).select_related("parent__parent")  # type: ignore[attr-defined]
    unit = get_scoped(listed, pk=pk)
    context = {
        "unit": unit,
        "sees_all": access.view.covers(unit.path),
        "moments": timeline_of(unit),
        "crumbs": crumbs_to(unit),
        **what_one_may_do(access, unit),
    }
    if context["sees_all"]:
        context |= own_parts(access, unit)
    return render(request, "units/detail.html", context)


def what_one_may_do(access: Access, unit: Unit) -> dict[str, bool]:
    """The doors of a unit's page that open for this person."""
    keeps = access.may("units") and access.manage.covers(unit.path) and not unit.is_former
    return {
        "may_edit": keeps and unit.level != Level.PROVINCE,
        "may_end": keeps and unit.level in OWN_LEVELS,
        "may_add_hamlet": keeps and unit.level == Level.COMMUNE,
        "may_add_body": keeps and unit.level in (Level.PROVINCE, Level.DEPARTMENT, Level.COMMUNE),
        "may_add_profile": access.may("units") and access.manage.covers(unit.path),
        "may_restore": access.may("units") and access.manage.covers(unit.path)
        and unit.is_former and unit.level in OWN_LEVELS,
    }  # fmt: skip


def own_parts(access: Access, unit: Unit) -> dict[str, Any]:
    """What is shown of a unit only to those who may see it."""
    below = Unit.objects.within(access.view).filter(parent=unit).exclude(pk=unit.pk)
    children = with_latest_profile(below.filter(level__in=OWN_LEVELS), access)
    today = timezone.localdate()
    teams = unit.teams.model.objects.within(access.view).active_on(today)
    communes = below.communes().in_force().count() if unit.level == Level.PROVINCE else 0
    return {
        "profiles": unit.profiles.all(),
        "children": children.order_by("valid_to", "level", "sort_key", "pk"),
        "communes": communes,
        "teams": teams.filter(unit__path__gte=unit.path, unit__path__lt=unit.path_end).count(),
        # accounts hangs the postings on the unit; units knows nothing of accounts
        "postings": unit.postings.in_force(today)
        .filter(user__is_active=True)
        .select_related("user")
        .order_by("role", "pk"),
        "entries": [
            {"entry": entry, "changes": history.in_words(entry)}
            for entry in history.history_of(unit)[:30]
        ],
    }


# --- Adding and changing ----------------------------------------------------------------------


class RegisterPage(FormPage):
    """What the form pages of units share."""

    access_rule = "units"
    model = Unit
    scope = "manage"
    template = "units/form.html"
    level: str = Level.HAMLET

    @property
    def draft_key(self) -> str:
        """Each kind of unit has its own draft."""
        return f"units.{type(self).__name__.lower()}:{self.record.pk if self.record else 'new'}"

    def initial(self) -> dict[str, Any]:
        parent = id_in(self.request.GET.get("parent"))
        return {"parent": parent, "valid_from": None} if parent else {}

    def level_of(self, record: Unit) -> str:
        """The level a new unit gets."""
        return self.level

    def before_save(self, record: Unit, form: Any) -> None:
        self.former_name = ""
        if record.pk is None:
            parent = get_scoped(
                Unit.objects.within(self.access.manage).select_for_update(of=("self",)),
                pk=record.parent_id,
            )
            record.level, record.code_system = self.level_of(record), Unit.CodeSystem.PORTAL
            record.code, record.path = parent.next_code(), Unit.unrooted_path()
            record.set_keys()
        else:
            before = get_scoped(Unit.objects.within(self.access.manage), pk=record.pk)
            self.former_name = before.name if before.name != record.name else ""

    def after_save(self, record: Unit, form: Any, *, is_new: bool) -> None:
        if is_new:
            record.take_root()
            return
        renamed_on = form.cleaned_data.get("renamed_on")
        if self.former_name and renamed_on:
            record.remember_name(self.former_name, renamed_on)
        record.set_keys(record.former_names())
        record.save(update_fields=["search_key", "sort_key"])

    def more_context(self) -> dict[str, Any]:
        if self.record:
            return {"crumbs": crumbs_to(self.record, last=_("Edit"))}
        parent = self.initial().get("parent")
        found = (
            Unit.objects.within(self.access.manage).filter(pk=parent).first() if parent else None
        )
        if found:
            return {"crumbs": crumbs_to(found, last=str(self.title_new)), "parent": found}
        return {"crumbs": [(_("Units"), reverse("units:list")), (str(self.title_new), "")]}


class HamletPage(RegisterPage):
    """Add or change a hamlet."""

    form_class = HamletForm
    title_new = gettext_lazy("Add a hamlet")
    title_edit = gettext_lazy("Edit the hamlet")


class BodyPage(RegisterPage):
    """Add or change a department, a school or another organisation."""

    form_class = BodyForm
    title_new = gettext_lazy("Add a department or organisation")
    title_edit = gettext_lazy("Edit the department or organisation")

    def level_of(self, record: Unit) -> str:
        above = record.parent
        is_provincial = above is not None and above.level == Level.PROVINCE
        return Level.DEPARTMENT if is_provincial else Level.ORGANISATION


class ContactPage(RegisterPage):
    """Change who to reach at a commune."""

    form_class = ContactForm
    title_new = title_edit = gettext_lazy("Edit the contact")


EDIT_PAGES = {
    Level.HAMLET: HamletPage, Level.DEPARTMENT: BodyPage, Level.ORGANISATION: BodyPage,
    Level.COMMUNE: ContactPage,
}  # fmt: skip


@rule("units")
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a unit: what may be changed depends on who sets it, the province or the law."""
    unit = get_scoped(Unit.objects.within(request.access.manage), pk=pk)
    if unit.level not in EDIT_PAGES or unit.code_system == Unit.CodeSystem.QD124_2004:
        raise Http404
    return EDIT_PAGES[Level(unit.level)].as_view()(request, pk=pk)  # type: ignore[return-value]


class ProfilePage(FormPage):
    """Add or change the figures of a unit in one year."""

    access_rule = "units"
    model = UnitProfile
    scope = "manage"
    form_class = ProfileForm
    template = "units/profile_form.html"
    title_new = gettext_lazy("Add the figures of a year")
    title_edit = gettext_lazy("Edit the figures of a year")

    def initial(self) -> dict[str, Any]:
        unit = id_in(self.request.GET.get("unit"))
        year = timezone.localdate().year
        if not unit:
            return {"year": year}
        profiles = UnitProfile.objects.within(self.access.manage).filter(unit_id=unit)
        last = profiles.order_by("-year").first()
        flags = {name: getattr(last, name) for name, _label in AREAS} if last else {}
        return {"unit": unit, "year": year, **flags}

    def success_url(self, record: UnitProfile) -> str:
        return record.unit.get_absolute_url()

    def more_context(self) -> dict[str, Any]:
        unit = self.record.unit if self.record else None
        if unit is None and (wanted := self.initial().get("unit")):
            unit = Unit.objects.within(self.access.manage).filter(pk=wanted).first()
        title = str(self.title_edit if self.record else self.title_new)
        crumbs = crumbs_to(unit, last=title) if unit else [(title, "")]
        return {"crumbs": crumbs, "unit": unit}


@rule("units")
def import_hamlets(request: PortalRequest) -> HttpResponse:
    """The old address of the import of hamlets."""
    return redirect(f"{reverse('imports:new')}?kind=hamlets")


# --- Ending -----------------------------------------------------------------------------------


def _own_unit(request: PortalRequest, pk: int) -> Unit:
    """A unit the province keeps itself, locked, if the person may change it."""
    units = Unit.objects.within(request.access.manage).select_for_update(of=("self",))
    return get_scoped(units.filter(level__in=OWN_LEVELS), pk=pk)


def _store_end(request: PortalRequest, unit: Unit, day: Any, reason: str, action: str) -> None:
    before = history.snapshot(unit, ["valid_to"])
    unit.valid_to, unit.version = day, unit.version + 1
    unit.save(update_fields=["valid_to", "version", "updated_at"])
    changes = history.differences(before, history.snapshot(unit, ["valid_to"]))
    history.record_change(unit, action, access=request.access, changes=changes, reason=reason)


def consequences_of_ending(unit: Unit) -> list[str]:
    """What the person should know before a unit ends."""
    teams = unit.teams.active_on(timezone.localdate()).count()
    below = unit.children.in_force().count()
    lines = [_("It can no longer be chosen for new records.")]
    if teams:
        lines.append(_("Active teams that serve it: %(n)s. End or move them too.") % {"n": teams})
    if below:
        lines.append(_("Units that belong to it: %(n)s. They stay.") % {"n": below})
    return lines


@rule("units")
@transaction.atomic
def end(request: PortalRequest, pk: int) -> HttpResponse:
    """End a unit on a day, with a reason. Its records stay, and so does its row."""
    unit = _own_unit(request, pk)
    if unit.valid_to is not None:
        return redirect(unit)
    form = EndForm(request.POST or None, access=request.access, unit=unit)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        _store_end(
            request, unit, wanted["valid_to"], wanted["reason"], ChangeEntry.Action.CANCELLED
        )
        messages.success(
            request, _("%(name)s has ended. What was recorded for it stays.") % {"name": unit},
            extra_tags=f"undo:{reverse('units:restore', args=[unit.pk])}",
        )  # fmt: skip
        return redirect(unit)
    context = {
        "unit": unit,
        "form": form,
        "title": _("End the unit"),
        "consequences": consequences_of_ending(unit),
        "crumbs": crumbs_to(unit, last=_("End the unit")),
    }
    return render(request, "units/end.html", context, status=422 if form.errors else 200)


@rule("units")
@require_POST
@transaction.atomic
def restore(request: PortalRequest, pk: int) -> HttpResponse:
    """Take the end of a unit back."""
    unit = _own_unit(request, pk)
    if unit.valid_to is not None:
        _store_end(request, unit, None, "", ChangeEntry.Action.RESTORED)
        messages.success(request, _("%(name)s exists again.") % {"name": unit})
    return redirect(unit)
