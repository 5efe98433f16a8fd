"""Writing: foreign ids in every field that takes an id, judged by what the database holds after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import models

from accounts.access import Access
from campaign.portal.scope import ScopedModel
from tests.access.canaries import tokens_of
from tests.access.discovery import addresses
from tests.access.forms import Control, HtmlForm, forms_of
from tests.access.matrix import (
    ROLLUP_TABLES,
    WALKS_ALL,
    Target,
    Walk,
    _path,
    ask,
    is_walked_here,
    needs_met,
    text_of,
    undone,
    written_tables,
)
from tests.access.world import Record, World
from units.models import CommunityTeam, Unit

Row = dict[str, Any]

#: kinds of records a field of this name may take
KINDS_OF_FIELD = (
    (r"unit|place|organiser|hamlet|parent|host|school|commune|venue_unit|area", ("unit",)),
    (r"team", ("team",)),
    (r"person|participant|people|learner|into|keep|winner|merge|duplicate", ("participant",)),
    (r"enrol", ("enrolment",)),
    (r"present|attend|roster|absent", ("enrolment", "participant")),
    (r"session", ("session",)),
    (r"class|copy|from", ("class", "activity")),
    (r"site", ("site",)),
    (r"evidence|photo|file", ("evidence",)),
    (r"activit", ("activity",)),
    (r"user|account|holder", ("user",)),
    (r"posting", ("posting",)),
    (r"headcount|count", ("class_headcount", "activity_headcount")),
    (r"member", ("member",)),
    (
        r"^id$|-id$|^ids?$|selected|^pk$",
        (
            "member",
            "session",
            "class_headcount",
            "activity_headcount",
            "site",
            "enrolment",
            "participant",
            "team",
            "class",
            "activity",
            "profile",
            "posting",
            "user",
            "evidence",
        ),
    ),
)
ACTORS = ("officer", "member", "department", "focal", "system")
#: where each actor's own records are
HOME = {
    "officer": ("own", "child"),
    "member": ("child",),
    "department": ("department", "here"),
    "focal": ("focal",),
    "system": ("own", "parent", "officer"),
}
#: whose records each actor tries to lay hands on
FOREIGN = {
    "officer": ("sibling", "other", "department", "there", "neighbour"),
    "member": ("own", "sibling"),
    "department": ("sibling", "focal"),
    "focal": ("own", "other"),
    "system": ("other", "stranger"),
}
#: what the actors beside the officer are tried on: the rest is the same code with another scope
ONLY = {
    "member": ("classes:", "teams:"),
    "focal": ("units:", "activities:", "targets:"),
    "system": ("units:", "users:"),
}
IGNORED_TABLES = {"django_session", "campaign_submission", "axes_accesslog", "axes_accessattempt"}


@cache
def models_by_table() -> dict[str, type[models.Model]]:
    """Every table of ours, tables between two models included."""
    return {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}


def rows_of(table: str) -> dict[Any, Row]:
    """All rows of a table by id."""
    model = models_by_table()[table]
    names = [f.attname for f in model._meta.concrete_fields]
    return {row[model._meta.pk.attname]: row for row in model._base_manager.values(*names)}


def targets_of(providers: dict[str, Any], address: Any) -> tuple[Target, ...]:
    """The records an address may name."""
    found = providers[address.name]
    return found if isinstance(found, tuple) else (found,)


def methods_of(actor: str, is_seen: bool, methods: Iterable[str]) -> Iterable[str]:
    """Which methods a cell is asked with; before a release every visitor tries every one."""
    if is_seen:
        return ("post", "delete") if WALKS_ALL else ("post",)
    return methods if WALKS_ALL or actor == "officer" else ("post",)


class Writer:
    """Fills in every form it can find, with ids of others (A2)."""

    def __init__(self, world: World, providers: dict[str, Target]) -> None:
        self.world = world
        self.providers = providers
        self.walk = Walk()
        self.before: dict[str, dict[Any, Row]] = {}
        self.accepted: set[str] = set()
        self.refused: dict[str, str] = {}

    # --- forms ----------------------------------------------------------------------------

    def forms(
        self, actor: str, names: Iterable[str] | None = None
    ) -> Iterator[tuple[str, HtmlForm]]:
        """Every different form the actor meets on their own records' pages."""
        visitor, seen = self.world.people[actor], set()
        for address in addresses():
            if address.is_admin or address.is_api or (names and address.name not in names):
                continue
            if not visitor.access.may(address.rule or ""):
                continue
            if actor in ONLY and not address.name.startswith(ONLY[actor]):
                continue
            for path in self.own_paths(address, actor):
                with undone():
                    response = ask(visitor, "get", path)
                    if (
                        response.status_code != 200
                        or "html" not in response.headers["Content-Type"]
                    ):
                        continue
                    html = response.content.decode()
                for form in forms_of(html, path):
                    key = (
                        re.sub(r"\d{4,}", "#", form.action.split("?")[0]),
                        frozenset(form.controls),
                    )
                    if form.method == "post" and key not in seen:
                        seen.add(key)
                        yield str(address), form

    def own_paths(self, address: Any, actor: str) -> Iterator[str]:
        """The addresses of the actor's own records."""
        if not address.params:
            yield _path(address, {})
            return
        access = self.world.people[actor].access
        for target in targets_of(self.providers, address):
            for position in HOME[actor]:
                record = self.world.get(target.kind, position)
                if record is not None and needs_met(target.need, record, access, self.world):
                    query = target.base(self.world, record) if target.base else {}
                    path = _path(address, target.params(address, self.world, record))
                    yield f"{path}?{urlencode(query)}" if query and target.is_page else path

    def write(self, *, actors: Iterable[str] = ACTORS, names: Iterable[str] | None = None) -> Walk:
        """Every form of every actor, with every foreign id in every field that takes one."""
        for actor in actors:
            for name, form in list(self.forms(actor, names)):
                self.fill(actor, name, form)
        return self.walk

    def fill(self, actor: str, page: str, form: HtmlForm) -> None:
        """One form: as it is, then with each foreign id in each field."""
        action = form.action if form.action.startswith("/") else page
        base = form.data()
        label = f"{actor} POST {re.sub(r'[0-9]{4,}', '#', action)} (form on {page})"
        status = self.send(label, actor, action, base, offered=set())
        key = re.sub(r"[0-9]{4,}", "#", action.split("?")[0])
        if status in (200, 302, 303):
            self.accepted.add(f"{actor} {key}")
        else:
            self.refused[f"{actor} {key}"] = str(status)
        for control in form.controls.values():
            if re.search(
                r"-[1-9]\d*-|_FORMS$|^_draft|^version$", control.name
            ):  # every row of a formset is like the first
                continue
            for record, value in self.foreign_values(control, FOREIGN[actor]):
                data = dict(base)
                data[control.name] = [value] if control.is_multiple else value
                if control.name.endswith("_text"):
                    data.pop(control.name.removesuffix("_text"), None)
                cell = f"{label} {control.name}={record.kind} of {record.position}"
                self.send(cell, actor, action, data, set(control.options), record)

    def foreign_values(
        self, control: Control, positions: tuple[str, ...]
    ) -> list[tuple[Record, str]]:
        """Ids (names and codes where units are typed) of records the field does not offer."""
        found = []
        for kind in self.kinds(control):
            for (a_kind, position), record in self.world.records.items():
                if a_kind != kind or position not in positions:
                    continue
                if control.name.endswith("_text") or "data-unit" in control.attrs:
                    found += [(record, record.row.name), (record, record.row.code)]
                else:
                    found.append((record, str(record.pk)))
        return found

    def kinds(self, control: Control) -> tuple[str, ...]:
        """What the ids of a control name: by its choices, else by its name."""
        if control.kind in ("file", "textarea") or control.name == "csrfmiddlewaretoken":
            return ()
        named = [
            self.world.by_pk[int(option)].kind
            for option in (*control.options, *control.values)
            if option.isdecimal() and int(option) in self.world.by_pk
        ]
        if named:
            return tuple(dict.fromkeys(named))
        takes_ids = control.kind in ("hidden", "checkbox") or (
            control.kind in ("select", "radio") and not [o for o in control.options if o]
        )
        last = control.name.rsplit("-", 1)[-1].removesuffix("_text")
        if not takes_ids and "data-unit" not in control.attrs:
            return ()
        for pattern, kinds in KINDS_OF_FIELD:
            if re.search(pattern, last) or re.search(pattern, control.name):
                return kinds
        return ()

    # --- addresses ------------------------------------------------------------------------

    def sweep(
        self,
        *,
        actors: Iterable[str] = ("officer", "member", "department", "province", "auditor"),
        names: Iterable[str] | None = None,
        methods: Iterable[str] = ("post", "put", "patch", "delete"),
    ) -> Walk:
        """Every unsafe method on every address with every record the actor may not change."""
        for address in addresses():
            if address.is_admin or not address.params or (names and address.name not in names):
                continue
            if names is None and not is_walked_here(address.name):
                continue
            target = targets_of(self.providers, address)[0]
            if (
                target.base is not None and not target.is_page
            ):  # a page of figures: nothing there answers but GET
                continue
            for actor in actors:
                access = self.world.people[actor].access
                for (kind, _position), record in list(self.world.records.items()):
                    if kind != target.kind or needs_met("edit", record, access, self.world):
                        continue
                    path = _path(address, target.params(address, self.world, record))
                    is_seen = needs_met(target.need, record, access, self.world)
                    if is_seen and (target.need == "own" or target.is_list):
                        continue  # what somebody keeps on their own desk is theirs to change
                    for method in methods_of(actor, is_seen, methods):
                        cell = f"{actor} {method.upper()} {address} of {record.position}"
                        self.send(
                            cell,
                            actor,
                            path,
                            {"reason": "x", "version": "1"},
                            set(),
                            record,
                            method=method,
                        )
        return self.walk

    # --- one cell -------------------------------------------------------------------------

    def send(
        self,
        cell: str,
        actor: str,
        path: str,
        data: Row,
        offered: set[str],
        injected: Record | None = None,
        method: str = "post",
    ) -> int:
        """One request, undone afterwards, and its judgement."""
        self.walk.cells += 1
        visitor = self.world.people[actor]
        more = {} if method == "post" else {"content_type": "application/x-www-form-urlencoded"}
        body = data if method == "post" else ""
        with undone():
            with written_tables() as tables:
                response = ask(visitor, method, path, body, **more)
                text = text_of(response)
            watched = {
                t
                for t in tables - IGNORED_TABLES
                if not ROLLUP_TABLES.match(t) and t in models_by_table()
            }
            after = {table: rows_of(table) for table in watched}
        for table in watched:
            if table not in self.before:
                self.before[table] = rows_of(table)
        status = response.status_code
        self.walk.answers[status] = self.walk.answers.get(status, 0) + 1
        if status >= 500:
            error = getattr(response, "exc_info", None)
            self.walk.found(cell, f"answered {status} ({error[1] if error else ''})"[:300])
        for canary in self.world.canaries.leaked(text, visitor.access):
            sent = tokens_of(str(list(data.values())))
            if canary.token not in sent:
                self.walk.found(cell, f"shows {canary.what} ({canary.token})")
        for table in watched:
            self.judge(cell, visitor.access, table, after[table], offered, injected)
        return status

    def judge(
        self,
        cell: str,
        access: Access,
        table: str,
        after: dict[Any, Row],
        offered: set[str],
        injected: Record | None,
    ) -> None:
        """What changed in one table, and whether the actor had the right to it."""
        before, model = self.before[table], models_by_table()[table]
        for pk in before.keys() | after.keys():
            old, new = before.get(pk), after.get(pk)
            if old == new:
                continue
            if old is not None and not self.may_change(access, model, pk, old):
                record = self.world.by_pk.get(pk)
                what = f"{record.kind} of {record.position}" if record else f"row {pk}"
                self.walk.found(cell, f"changes {table}: {what}")
            for name, value in (new or {}).items():
                if old is None or old.get(name) != value:
                    self.judge_value(cell, access, model, name, value, offered, injected)

    def may_change(self, access: Access, model: type[models.Model], pk: Any, old: Row) -> bool:
        """Whether a row that was there before may be changed by the actor."""
        if access.user is not None and access.user.pk in (old.get("by_id"), old.get("user_id")):
            return True
        if model._meta.model_name == "user":
            return pk == access.user.pk or access.may("users")
        record = self.world.by_pk.get(pk)
        if record is None or not isinstance(record.row, model):
            return not issubclass(model, ScopedModel)
        if model._meta.model_name in ("unit", "unitprofile", "posting", "unitevent"):
            return access.manage.covers(record.owner)
        if model._meta.model_name == "target":
            return access.targets.covers(record.owner)
        return access.edit.covers(record.owner)

    def judge_value(
        self,
        cell: str,
        access: Access,
        model: type[models.Model],
        name: str,
        value: Any,
        offered: set[str],
        injected: Record | None,
    ) -> None:
        """A new value: no text of others, no row of others."""
        if value is None:
            return
        for canary in self.world.canaries.leaked(str(value), access):
            if model._meta.model_name not in ("job", "draft"):
                self.walk.found(cell, f"copies {canary.what} into {model.__name__}.{name}")
        field = next(f for f in model._meta.concrete_fields if f.attname == name)
        target = field.remote_field.model if field.remote_field else None
        if target is None or not issubclass(target, ScopedModel):
            return
        record = self.world.by_pk.get(value)
        if record is None or not isinstance(record.row, target):
            return  # a new row may have the number of another kind of record
        owner = getattr(model, "unit_field", "")
        if owner and name == f"{owner.split('__')[0]}_id":
            may_own = [access.edit, access.people, access.manage, access.targets]
            if not any(scope.covers(record.owner) for scope in may_own):
                self.walk.found(
                    cell, f"gives a {model.__name__} to the {record.kind} of {record.position}"
                )
                return
        if injected is not None and injected.pk == value and offered and str(value) not in offered:
            self.walk.found(
                cell, f"stores the {record.kind} of {record.position}, which was not offered"
            )
        elif not self.may_refer(access, record):
            self.walk.found(
                cell,
                f"makes {model.__name__}.{name} refer to the {record.kind} of {record.position}",
            )

    def may_refer(self, access: Access, record: Record) -> bool:
        """Whether a record of the actor may point to this one."""
        scopes = [access.edit, access.people, access.manage, access.targets]
        if isinstance(record.row, Unit):
            public = record.row.level in ("province", "commune", "department")
            return any(s.covers(record.owner) for s in (*scopes, access.view, access.places)) or (
                public and access.register.covers(record.owner)
            )
        if isinstance(record.row, CommunityTeam):
            return access.view.covers(record.owner) or access.places.covers(record.owner)
        return any(s.covers(record.owner) for s in scopes)
