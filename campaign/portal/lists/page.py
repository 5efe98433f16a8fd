"""The page of a list: scoped, filtered, sorted, paged; its views and columns; its workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.core.paginator import Page, Paginator
from django.db import models
from django.forms import ChoiceField, ModelChoiceField
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views import View

from campaign.models import ListHabit, SavedView
from campaign.portal import history
from campaign.portal.access import Access, PortalRequest
from campaign.portal.addresses import written
from campaign.portal.filters import ScopedFilterSet
from campaign.portal.lists import saved
from campaign.portal.lists.acts import BulkAct
from campaign.portal.reading import read_values
from campaign.portal.scope import ScopedModel
from campaign.portal.workbooks.write import ColumnKind

#: keys of an address that say how a list is shown, not what it holds
SHOWN_BY = ("sort", "size", "cols")
KNOWN_KEYS = {*SHOWN_BY, "page", "format"}
SIZES = (15, 50, 100, 200)


@dataclass(frozen=True)
class Column:
    """One column of a list: the same on the screen and in the workbook.

    ``kind`` is text, code, phone, int, decimal, percent or date; ``sort`` the database fields the
    column sorts by ('' when it does not); ``in_file`` False keeps it out of the workbook, where
    ``parts`` name the columns that stand for it; ``on_screen`` False shows it only to who asks
    for it; ``is_name`` marks the column that leads to the record; ``is_drawn`` a figure shown as a picture.
    """

    key: str
    label: Any
    value: Callable[[Any], Any]
    kind: ColumnKind = "text"
    sort: tuple[str, ...] = ()
    in_file: bool = True
    on_screen: bool = True
    width: int = 18
    is_name: bool = False
    parts: tuple[str, ...] = ()
    is_drawn: bool = False

    @property
    def is_figure(self) -> bool:
        """Whether its values stand under one another at the right."""
        return self.kind in ("int", "decimal", "percent") and not self.is_drawn


class ListPage(View):
    """A list of records: scoped, filtered, sorted, paged, exported as it is on the screen."""

    access_rule: ClassVar[str] = "signed_in"
    model: ClassVar[type[ScopedModel]]
    scope: ClassVar[str] = "view"
    filters: ClassVar[type[ScopedFilterSet]]
    template: ClassVar[str]
    row_template: ClassVar[str] = "lists/_cells.html"
    title: ClassVar[Any]
    noun: ClassVar[Any]
    columns: ClassVar[Sequence[Column]]
    default_sort: ClassVar[str] = ""
    file_slug: ClassVar[str] = "list"
    page_size: ClassVar[int] = 50
    #: what people who enter records may do to many rows at once
    acts: ClassVar[Sequence[BulkAct]] = ()
    #: the kind of import that reads the workbook of this list again
    import_kind: ClassVar[str] = ""

    request: Any
    params: Any

    @property
    def access(self) -> Access:
        """On whose behalf the list is read."""
        return self.request.access

    @cached_property
    def key(self) -> str:
        """The name of the list's address: what views and habits are kept under."""
        return resolve(self.request.path).view_name

    # --- what a list says of itself -------------------------------------------------------

    def rows(self) -> models.QuerySet[Any]:
        """The rows in scope, with the relations the list shows."""
        return self.model.objects.within(getattr(self.access, self.scope))

    def totals(self, queryset: models.QuerySet[Any]) -> list[tuple[Any, int]]:
        """Totals of the whole filter: (label, number)."""
        return []

    def more_context(self, page: Page) -> dict[str, Any]:
        """What else the template needs; called once with the page that is shown."""
        return {}

    def ready_tabs(self, total: int) -> list[dict[str, Any]]:
        """Ready-made views; ``total`` is how many rows the list shows now."""
        is_plain = self.view is None and not self.is_filtered
        count = total if is_plain else self.rows().order_by().count()
        return [{"label": _("All"), "count": count, "url": self.plain_url, "current": is_plain}]

    def url_of(self, record: Any) -> str:
        """Where the record is read."""
        return record.get_absolute_url()

    def edit_url_of(self, record: Any) -> str:
        """Where the record is changed; '' for who may not change it."""
        path = history.unit_path_of(record)
        may = path and self.access.may("enter") and self.access.edit.covers(path)
        return f"{record.get_absolute_url()}edit/" if may else ""

    @staticmethod
    def row_version(row: Any) -> Any:
        """The version of a row with its parts, as the import compares it."""
        return row.version

    # --- what was asked for ---------------------------------------------------------------

    def prepare(self, request: Any) -> models.QuerySet[Any]:
        """Filter and sort; wrong filter values show the whole list beside the error."""
        self.request = request
        self.params = self.asked_for()
        self.filterset = self.filters(self.params, queryset=self.rows(), access=self.access)
        queryset = self.filterset.qs if self.filterset.is_valid() else self.rows()
        return self.sorted(queryset)

    @cached_property
    def views(self) -> list[SavedView]:
        """The saved views this reader may open the list with."""
        return saved.views_for(self.access, self.key)

    @cached_property
    def view(self) -> SavedView | None:
        """The saved view the address names."""
        wanted = self.request.GET.get("view", "")
        if not wanted or wanted == saved.EVERYTHING:
            return None
        return next((view for view in self.views if str(view.pk) == wanted), None)

    @cached_property
    def habit(self) -> ListHabit:
        """How the reader likes this list."""
        return saved.habit_of(self.access, self.key)

    @property
    def opens_with(self) -> SavedView | None:
        """The view the list opens with for this reader."""
        return next((v for v in self.views if v.pk == self.habit.opens_with_id), None)

    @property
    def plain_url(self) -> str:
        """The address of the whole list."""
        path = self.request.path
        return f"{path}?view={saved.EVERYTHING}" if self.opens_with else path

    def asked_for(self) -> QueryDict:
        """The conditions of the view, each replaced by what the address says of it."""
        asked = QueryDict(self.view.query if self.view else "", mutable=True)
        for key in self.request.GET:  # a typed unit travels under two keys
            name = key.removesuffix("_text")
            asked.pop(name, None)
            asked.pop(f"{name}_text", None)
        for key, values in self.request.GET.lists():
            asked.setlist(key, values)
        return asked

    def sorted(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Sort by an allowed column; the id decides among equals."""
        wanted = self.params.get("sort") or self.default_sort
        descending = wanted.startswith("-")
        allowed = {column.key: column.sort for column in self.columns if column.sort}
        fields = allowed.get(wanted.lstrip("-"))
        if fields is None:
            wanted, descending = self.default_sort, self.default_sort.startswith("-")
            fields = allowed.get(wanted.lstrip("-"), ())
        self.sort = wanted
        order = [f"-{name}" if descending else name for name in fields]
        return queryset.order_by(*order, "-pk" if descending else "pk")

    def size(self) -> int:
        """Rows a page: one of a few sizes."""
        raw = self.params.get("size", "")
        return next((size for size in SIZES if raw == str(size)), self.page_size)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        fields = self.filterset.form.fields
        return any(self.params.get(k) or self.params.get(f"{k}_text") for k in fields)

    def unknown_keys(self) -> list[str]:
        """Keys of the address that mean nothing here: shown to the reader, never obeyed."""
        fields = self.filterset.form.fields
        known = KNOWN_KEYS | set(fields) | {f"{name}_text" for name in fields}  # typed units
        if self.view or self.request.GET.get("view") == saved.EVERYTHING:
            known |= {"view"}
        return [key for key in self.request.GET if key not in known]

    def chips(self) -> list[dict[str, Any]]:
        """The conditions in force: what each is called, its value, the address without it."""
        form = self.filterset.form
        found = []
        for name, value in (form.cleaned_data if form.is_valid() else {}).items():
            sent = self.params.get(name) or self.params.get(f"{name}_text")
            if value in (None, "", []) or not sent:
                continue
            field = form.fields[name]
            words = dict(field.choices) if isinstance(field, ChoiceField) else {}  # type: ignore[arg-type]
            if isinstance(value, date):
                value = date_format(value, "DATE_FORMAT")
            if not isinstance(field, ModelChoiceField):
                value = words.get(str(value), value)
            url = self.url_without(name)
            found.append({"name": name, "label": field.label, "value": value, "url": url})
        return found

    def url_without(self, name: str) -> str:
        """The address of this list without one condition."""
        rest = {k: v for k, v in self.request.GET.lists() if k not in (f"{name}_text", "page")}
        rest[name] = []
        return f"?{written(rest, keep=self.held)}"

    @property
    def held(self) -> list[str]:
        """The conditions of the view: only a blank in the address takes one of them away."""
        return list(QueryDict(self.view.query)) if self.view else []

    def canonical(self) -> str:
        """What is asked for, as a view keeps it: known keys in one order, defaults left out."""
        form = self.filterset.form
        cleaned = form.cleaned_data if form.is_valid() else {}
        said: dict[str, Any] = {}
        for name in form.fields:
            value = cleaned.get(name)
            is_row = isinstance(value, models.Model)
            said[name] = value.pk if is_row else self.params.getlist(name)  # type: ignore[union-attr]
        if self.sort != self.default_sort:
            said["sort"] = self.sort
        if self.size() != self.page_size:
            said["size"] = self.size()
        said["cols"] = ",".join(self.chosen)
        return written(said)

    # --- columns --------------------------------------------------------------------------

    @cached_property
    def chosen(self) -> list[str]:
        """The columns the reader asked for, in their usual order; none when the usual ones."""
        if "cols" in self.request.GET:
            wanted = self.request.GET["cols"].split(",")
        else:
            kept = self.habit.columns.get(str(self.view.pk) if self.view else "")
            wanted = kept or self.params.get("cols", "").split(",")
        return self.usable(wanted)

    @classmethod
    def usable(cls, wanted: Sequence[str]) -> list[str]:
        """The columns among some keys, with the one that names the record; none when usual."""
        found = [c.key for c in cls.columns if c.key in wanted or (c.is_name and any(wanted))]
        is_usual = found == [c.key for c in cls.columns if c.on_screen]
        has_more = any(key in found for key in wanted)
        return found if has_more and not is_usual else []

    @property
    def screen_columns(self) -> list[Column]:
        """The columns of the table."""
        if self.chosen:
            return [column for column in self.columns if column.key in self.chosen]
        return [column for column in self.columns if column.on_screen]

    @property
    def file_columns(self) -> list[Column]:
        """The columns of the workbook: all it has, or those the reader chose."""
        wanted = set(self.chosen) or {column.key for column in self.columns}
        wanted |= {part for c in self.columns if c.key in wanted for part in c.parts}
        found = [column for column in self.columns if column.in_file and column.key in wanted]
        return [*found, *self.key_columns]

    # --- the workbook, and its way back ---------------------------------------------------

    @cached_property
    def import_resource(self) -> Any:
        """What reads the workbook again on this reader's behalf; None when nothing may."""
        from campaign.portal.imports.kinds import KINDS

        kind = KINDS.get(self.import_kind)
        return kind(access=self.access) if kind and self.access.may(kind.rule) else None

    @cached_property
    def key_columns(self) -> list[Column]:
        """The column by which rows are found again, for readers who may change some of them."""
        if self.import_resource is None:
            return []
        from campaign.portal.imports.resource import KEY_LABEL

        parts = self._key_values()

        def key(row: Any) -> str:
            return self.row_key(*(part(row) for part in parts))

        return [Column("row_key", KEY_LABEL, key, "code", on_screen=False, width=14)]

    def row_key(self, pk: int, version: int, path: str) -> str:
        """The key of one row: which record it is, at which version; "view only" for others'."""
        from campaign.portal.imports.resource import VIEW_ONLY

        scope = getattr(self.access, self.import_resource.scope)
        return f"{pk}.{version}" if scope.covers(path) else str(VIEW_ONLY)

    # --- the answer -----------------------------------------------------------------------

    def get(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """Show one page of the list, or hand out the whole filter as a file."""
        self.kwargs = kwargs
        self.request = request
        if not request.GET and (first := self.opens_with):
            return redirect(f"{request.path}?view={first.pk}")
        queryset = self.prepare(request)
        if request.GET.get("format") in ("xlsx", "csv"):
            from campaign.portal.exports import export_list

            return export_list(self, queryset)
        page = Paginator(queryset, self.size()).get_page(request.GET.get("page"))
        for record in page:
            record.list_url, record.edit_url = self.url_of(record), self.edit_url_of(record)
        return render(request, self.template, self.context(page, queryset))

    def post(self, request: PortalRequest, **kwargs: Any) -> HttpResponse:
        """Do something with the chosen rows."""
        from campaign.portal.lists.together import Together

        self.kwargs, self.request = kwargs, request
        return Together(self, request).answer()

    @property
    def acts_for_reader(self) -> Sequence[BulkAct]:
        """What this reader may do to many rows."""
        return self.acts if self.access.may("enter") else ()

    def context(self, page: Page, queryset: models.QuerySet[Any]) -> dict[str, Any]:
        """What the template of every list needs."""
        total = page.paginator.count
        return {
            "list": self,
            "title": self.title,
            "page": page,
            "filters": self.filterset,
            "columns": self.screen_columns,
            "sort": self.sort,
            "totals": self.totals(queryset.order_by()),
            "unknown_keys": self.unknown_keys(),
            "chips": self.chips(),
            "tabs": [*self.ready_tabs(total), *self.saved_tabs(total)],
            "clear_url": self.plain_url,
            "is_filtered": self.is_filtered,
            "kept_keys": self.kept_keys(),
            "sizes": [("" if size == self.page_size else size, size) for size in SIZES],
            "size": self.size(),
            "column_choices": [(c, c in self.screen_columns) for c in self.columns],
            "address": self.canonical(),
            "may_share": bool(saved.place_to_share(self.access)),
            **self.more_context(page),
        }

    def kept_keys(self) -> list[tuple[str, Any]]:
        """What other conditions leave as it is: the view, the order and the columns asked for."""
        asked = self.request.GET
        shown = {"sort": self.sort, "cols": ",".join(self.chosen)}
        named = self.view.pk if self.view else saved.EVERYTHING
        kept = [("view", str(named))] if "view" in asked else []
        return kept + [(key, value) for key, value in shown.items() if asked.get(key) and value]

    def saved_tabs(self, total: int) -> list[dict[str, Any]]:
        """The saved views as tabs, each with how many rows it finds."""
        others = [view for view in self.views if view != self.view]
        counts = saved.counts_of(self, others)
        path, own = self.request.path, self.access.user.pk
        return [
            {
                "label": view.name,
                "url": f"{path}?view={view.pk}",
                "count": total if view == self.view else counts[view.pk],
                "current": view == self.view,
                "shared_by": "" if view.by_id == own else view.by.full_name,
                "is_shared": view.is_shared,
            }
            for view in self.views
        ]

    @property
    def is_own_view(self) -> bool:
        """Whether the view that is open belongs to the reader."""
        return self.view is not None and self.view.by_id == self.access.user.pk

    @property
    def differs_from_view(self) -> bool:
        """Whether the conditions on the screen are not those of the view."""
        return self.view is not None and self.canonical() != self.view.query

    @property
    def is_default(self) -> bool:
        """Whether the list opens with the view that is open."""
        return self.view is not None and self.view == self.opens_with

    def cells(self, queryset: models.QuerySet[Any]) -> Iterator[Sequence[Any]]:
        """The values of every row for the workbook, in the order of the columns."""
        columns = [column.value for column in self.file_columns if column.key != "row_key"]
        if not self.key_columns:
            return read_values(queryset, columns)
        return self._keyed(read_values(queryset, [*columns, *self._key_values()]))

    def _key_values(self) -> Sequence[Callable[[Any], Any]]:
        path = self.model.path_lookup(self.model.unit_field).replace("__", ".")
        return (lambda row: row.pk, self.row_version, _PATHS[path])

    def _keyed(self, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for *values, pk, version, path in rows:
            yield [*values, self.row_key(pk, version, path)]


#: how to reach the path of the unit that owns a row
_PATHS: dict[str, Callable[[Any], Any]] = {
    "path": lambda row: row.path,
    "unit.path": lambda row: row.unit.path,
}
