"""Pages by which people keep views of lists, what a list opens with, and its columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from campaign.models import SavedView
from campaign.portal.access import Access, PortalRequest
from campaign.portal.addresses import written
from campaign.portal.forms import ScopedForm
from campaign.portal.lists import saved
from campaign.portal.lists.page import SHOWN_BY, ListPage
from campaign.portal.pages import id_in
from campaign.portal.rules import rule

LONGEST_QUERY = SavedView._meta.get_field("query").max_length or 0


class SavedViewForm(ScopedForm):
    """The name of a view, whether the list opens with it, whether others may use it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    opens = forms.BooleanField(label=gettext_lazy("Open the list with it"), required=False)
    shared = forms.BooleanField(
        label=gettext_lazy("Share it with everybody of my unit and below"), required=False
    )
    list_key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    query = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, view: SavedView | None = None, **kwargs: Any) -> None:
        self.view = view
        super().__init__(*args, **kwargs)
        if not saved.place_to_share(self.access):
            del self.fields["shared"]

    def clean_list_key(self) -> str:
        """The list the view belongs to."""
        key = self.view.list_key if self.view else self.cleaned_data["list_key"]
        self.page = saved.page_of(key, self.access)
        return key

    def clean_query(self) -> str:
        """The conditions, without anything the list does not know."""
        page: type[ListPage] | None = getattr(self, "page", None)
        if page is None:
            return ""
        known = set(page.filters.base_filters)
        known |= {f"{name}_text" for name in known} | set(SHOWN_BY)
        sent = QueryDict(self.cleaned_data["query"])
        query = written({key: values for key, values in sent.lists() if key in known})
        if len(query) > LONGEST_QUERY:
            raise ValidationError(_("These conditions are too long to be kept."))
        return query

    def clean(self) -> dict[str, Any]:
        """A name is used once a list; a person keeps only so many views."""
        cleaned = super().clean() or self.cleaned_data
        own = SavedView.objects.filter(by=self.access.user, list_key=cleaned.get("list_key"))
        if self.view:
            own = own.exclude(pk=self.view.pk)
        elif own.count() >= saved.MOST_VIEWS:
            raise ValidationError(
                _("You keep %(count)s views of this list. Delete one before you save another.")
                % {"count": saved.MOST_VIEWS}
            )
        if own.filter(name=cleaned.get("name")).exists():
            self.add_error("name", _("You already have a view with this name."))
        return cleaned

    def store(self) -> SavedView:
        """Keep the view as it was filled in."""
        said = self.cleaned_data
        view = self.view or SavedView(by=self.access.user, list_key=said["list_key"])
        view.name, view.query = said["name"], said["query"]
        view.shared_path = saved.place_to_share(self.access) if said.get("shared") else ""
        view.save()
        _open_with(self.access, view, opens=said["opens"])
        return view


def _open_with(access: Access, view: SavedView, *, opens: bool) -> None:
    habit = saved.habit_of(access, view.list_key)
    if opens:
        habit.opens_with = view
    elif habit.opens_with_id == view.pk:
        habit.opens_with = None
    elif habit.pk is None:
        return
    habit.save()


def _address(view: SavedView) -> str:
    return f"{reverse(view.list_key)}?view={view.pk}"


def _own(request: PortalRequest, pk: int) -> SavedView:
    found = SavedView.objects.filter(by=request.access.user, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _ask(request: PortalRequest, form: SavedViewForm, view: SavedView | None) -> HttpResponse:
    context = {
        "form": form,
        "view": view,
        "title": _("Change the view") if view else _("Save these conditions"),
        "crumbs": [(_("Saved views"), reverse("saved_views")), (view or _("New view"), "")],
    }
    return render(request, "lists/view.html", context, status=422 if form.errors else 200)


@rule("signed_in")
def saved_views(request: PortalRequest) -> HttpResponse:
    """The views a person keeps, list by list."""
    views = list(SavedView.objects.filter(by=request.access.user).order_by("list_key", "name"))
    lines = []
    for view in views:
        try:
            page = saved.page_of(view.list_key, request.access)
        except Http404:
            continue
        shown = page()
        shown.request = request
        lines.append({"view": view, "list": shown.title, "url": _address(view)})
    return render(request, "lists/views.html", {"lines": lines})


@rule("signed_in")
@require_POST
def save_view(request: PortalRequest) -> HttpResponse:
    """Keep the conditions of a list under a name."""
    form = SavedViewForm(request.POST, access=request.access)
    if not form.is_valid():
        return _ask(request, form, None)
    return redirect(_address(form.store()))


@rule("signed_in")
def saved_view(request: PortalRequest, pk: int) -> HttpResponse:
    """Change the name of a view, its conditions, what it is used for."""
    view = _own(request, pk)
    habit = saved.habit_of(request.access, view.list_key)
    initial = {
        "name": view.name,
        "query": view.query,
        "list_key": view.list_key,
        "shared": view.is_shared,
        "opens": habit.opens_with_id == view.pk,
    }
    form = SavedViewForm(request.POST or None, view=view, initial=initial, access=request.access)
    if request.method == "POST" and form.is_valid():
        return redirect(_address(form.store()))
    return _ask(request, form, view)


@rule("signed_in")
@require_POST
def delete_view(request: PortalRequest, pk: int) -> HttpResponse:
    """Throw a view away; the records it showed are not touched."""
    view = _own(request, pk)
    view.delete()
    return redirect(f"{reverse(view.list_key)}?view={saved.EVERYTHING}")


@rule("signed_in")
@require_POST
def open_with(request: PortalRequest) -> HttpResponse:
    """Open a list with a view of somebody else, or stop doing so."""
    key = request.POST.get("list_key", "")
    saved.page_of(key, request.access)
    views = saved.readable(request.access, key)
    view = views.filter(pk=id_in(request.POST.get("view"))).first()
    if view is None:
        raise Http404
    _open_with(request.access, view, opens=request.POST.get("opens") == "1")
    return redirect(_address(view))


@rule("signed_in")
@require_POST
def keep_columns(request: PortalRequest) -> HttpResponse:
    """Remember which columns a person wants of a list, or of one of its views."""
    key = request.POST.get("list_key", "")
    page = saved.page_of(key, request.access)
    view = id_in(request.POST.get("view"))
    if view and not saved.readable(request.access, key).filter(pk=view).exists():
        raise Http404
    wanted = page.usable(request.POST.getlist("col"))
    usual = [column.key for column in page.columns if column.on_screen]
    habit = saved.habit_of(request.access, key)
    habit.columns.pop(str(view or ""), None)
    if wanted or view:
        habit.columns[str(view or "")] = wanted or usual
    habit.save()
    sent = QueryDict(request.POST.get("address", "")[: 4 * LONGEST_QUERY])
    shown = {name: values for name, values in sent.lists() if name not in ("cols", "page")}
    query = written(shown | {"cols": ",".join(wanted)}, keep=sent)
    return redirect(f"{reverse(key)}?{query}" if query else reverse(key))
