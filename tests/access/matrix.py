"""The walk: every address, every visitor, every position; answers judged by rule, scope, canary."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urljoin
from zlib import crc32

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.http import urlencode

from accounts.access import Access
from tests.access.discovery import Address, addresses
from tests.access.world import Record, World

VISITORS = (
    "anonymous",
    "member",
    "officer",
    "leader",
    "department",
    "head",
    "focal",
    "province",
    "auditor",
    "system",
    "expired",
    "closed",
    "newcomer",
    "token",
)
#: every cell, before a release; otherwise positions and visitors that add nothing are left out
WALKS_ALL = os.environ.get("PORTAL_FULL_MATRIX") == "1"


def is_walked_here(address_name: str) -> bool:
    """Whether this shape walks an address, or plants a leak: each takes half, together all.

    Who may see what is the same code on both databases; the whole walk is one variable away.
    """
    is_even = crc32(address_name.encode()) % 2 == 0
    return WALKS_ALL or is_even == settings.IS_SQLITE


#: visitors whose scope equals another visitor's: their rules are walked, their scope is sampled
SAME_SCOPE = ("leader", "head", "auditor", "newcomer", "closed", "expired", "anonymous", "token")
USUAL_POSITIONS = {
    "own",
    "child",
    "sibling",
    "parent",
    "department",
    "other",
    "here",
    "there",
    "officer",
    "neighbour",
    "stranger",
    "province",
    "elsewhere",
}
FEW_POSITIONS = {"own", "sibling", "officer", "neighbour"}
MISSING_PK = 9_999_999
#: workbooks opened of one address for one visitor
BOOKS_EACH = 3
REFUSED = {404}
ADMITTED = {200, 301, 302, 405}

#: tables a GET may write to, and why
MAY_BE_WRITTEN = {
    "django_session": "the session itself",
    "campaign_changeentry": "who viewed or exported personal data is put on record",
    "campaign_job": "a long export is queued",
    "django_admin_log": "never by GET, kept for the admin's own pages",
}
#: what the settler writes when a page first settles pending changes
ROLLUP_TABLES = re.compile(r"^reporting_(rollup|dirtymark|verificationrun)")
WRITE = re.compile(
    r"^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+[\"`]?(\w+)", re.I
)
VARYING = (
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"'), ""),
    (re.compile(r'name="(?:\w+-)?submission" value="[^"]*"'), ""),
    (re.compile(r'value="[0-9a-f]{8}-[0-9a-f-]{27}"'), ""),
    (re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b"), "hh:mm"),
)


@dataclass(frozen=True)
class Target:
    """What an address with parameters needs: a record of a kind, and the scope it is read in."""

    kind: str
    need: str = "view"
    #: builds the parameters from the record; by default its id for the only parameter
    kwargs: Callable[[World, Record], dict[str, Any]] | None = None
    #: query strings to try besides none
    queries: Callable[[World, Record], list[dict[str, Any]]] | None = None
    #: the query string without which the address does not name the record
    base: Callable[[World, Record], dict[str, Any]] | None = None
    #: whether it is a page of records with forms, though it is asked with a query string
    is_page: bool = False
    #: who walks here; everybody unless a page is costly and roles of equal scope add nothing
    visitors: tuple[str, ...] | None = None
    #: whether a record in scope may be "not there" for a reason of its own (nothing to restore)
    may_lack: bool = False
    #: whether it is a list beneath the record: posting there changes the reader's own columns
    is_list: bool = False

    def params(self, address: Address, world: World, record: Record) -> dict[str, Any]:
        """The parameters of the address that name the record."""
        if self.kwargs is not None:
            return self.kwargs(world, record)
        if not address.params:
            return {}
        return {address.params[0]: record.pk}


@dataclass
class Walk:
    """What a walk did and found."""

    cells: int = 0
    findings: list[str] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)

    def found(self, cell: str, what: str) -> None:
        """Note something wrong."""
        self.findings.append(f"{cell}: {what}")

    def report(self, most: int = 40) -> str:
        """The findings, shortened."""
        return "\n".join(
            [f"{len(self.findings)} findings in {self.cells} cells", *self.findings[:most]]
        )


def text_of(response: Any) -> str:
    """Everything in an answer somebody could read: unzipped, unescaped, with its headers."""
    content = (
        b"".join(response.streaming_content)
        if getattr(response, "streaming", False)
        else response.content
    )
    parts = [f"{name}: {value}" for name, value in response.headers.items()]
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    else:
        parts.append(content.decode("utf-8", "replace"))
    return unescape("\n".join(parts))


def body_without_varying(response: Any, path: str) -> str:
    """An answer with what may differ taken out: the token, the asked address, the clock."""
    text = response.content.decode("utf-8", "replace")
    for old in (escape(path), path, quote(path, safe=""), quote(path)):
        text = text.replace(old, "PATH")
    for pattern, blank in VARYING:
        text = pattern.sub(blank, text)
    return text


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """The tables a block writes to."""
    found: set[str] = set()

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        hit = WRITE.match(sql)
        if hit:
            found.add(hit.group(1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield found


@contextmanager
def undone() -> Iterator[None]:
    """A cell: whatever it changes is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(visitor: SimpleNamespace, method: str, path: str, data: Any = None, **more: Any) -> Any:
    """One request; a crash is an answer with status 500; signing out is forgotten again."""
    client = visitor.client
    client.raise_request_exception = False
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    try:
        return getattr(client, method)(path, data, **more)
    finally:
        client.cookies = SimpleCookie(kept)


def needs_met(need: str, record: Record, access: Access, world: World) -> bool:
    """Whether the record lies where the visitor may meet it."""
    if need == "listed":
        unit = record.row
        public = unit.level in ("province", "commune", "department")
        return access.view.covers(unit.path) or (public and access.register.covers(unit.path))
    if need == "own":
        return access.user is not None and record.position == _name_of(access, world)
    if need == "inside":
        return access.view.covers(record.owner)
    if need == "keeps":
        return access.manage.covers(record.owner)
    if need == "nobody":
        return False
    scope = getattr(access, need)
    if scope.covers(record.owner):
        return True
    if not scope.includes_place:
        return False
    places = [record.place] if record.place else []
    if record.kind == "activity":  # whoever hosts a connected site meets the event
        places += [
            site.place
            for site in world.of_kind("site")
            if site.place and site.row.activity_id == record.pk
        ]
    return any(map(scope.covers, places))


def _name_of(access: Access, world: World) -> str:
    return next(
        (
            name
            for name, who in world.people.items()
            if who.user is not None and who.user.pk == access.user.pk and name != "token"
        ),
        "",
    )


def expected_statuses(
    address: Address,
    visitor: SimpleNamespace,
    world: World,
    target: Target | None,
    record: Record | None,
) -> set[int]:
    """What the visitor must be answered: by rule first, then by scope."""
    rule, access = address.rule, visitor.access
    is_in_scope = record is None or target is None or needs_met(target.need, record, access, world)
    if address.is_api:
        if access.user is None:
            return {401, 403}
        if visitor.name == "newcomer" or not access.may(rule or "") or not is_in_scope:
            return REFUSED
        return {200, 400}
    if rule == "public":
        return ADMITTED
    is_stranger = access.user is None or visitor.name in ("token", "closed")
    if is_stranger or visitor.name == "newcomer":
        return {
            302,
            *({200, 405} if visitor.name == "newcomer" and _before_password(address) else ()),
        }
    if not access.may(rule or ""):
        return REFUSED
    if target is None and not address.params:  # a query string may ask for what is not there
        return ADMITTED | {404}
    if not is_in_scope:
        return {404, 405}
    return ADMITTED | ({404} if target and target.may_lack else set())


def _before_password(address: Address) -> bool:
    from accounts.middleware import BEFORE_OWN_PASSWORD

    return address.name in BEFORE_OWN_PASSWORD


class Reader:
    """Walks the addresses by GET (A1, A5, A8)."""

    def __init__(self, world: World, providers: dict[str, Target], pages: dict[str, Any]) -> None:
        self.world = world
        self.providers = providers
        #: query strings of addresses without parameters
        self.pages = pages
        self.walk = Walk()
        self.followed: dict[tuple[str, str], int] = {}
        self._missing: dict[tuple[str, str], str] = {}

    def read(
        self,
        *,
        names: Iterable[str] | None = None,
        visitors: Iterable[str] = VISITORS,
        admin: bool = False,
    ) -> Walk:
        """Every address (or those named) for every visitor (or those named)."""
        wanted = None if names is None else set(names)
        for address in addresses():
            if (wanted is not None and address.name not in wanted) or address.is_admin != admin:
                continue
            if wanted is None and not is_walked_here(address.name):
                continue
            for name in visitors:
                self.address(address, self.world.people[name])
        return self.walk

    def address(self, address: Address, visitor: SimpleNamespace) -> None:
        """One address for one visitor, in every position."""
        targets = self.providers.get(address.name)
        if targets is None:
            for query in ({}, *self.pages.get(address.name, lambda world: [])(self.world)):
                self.cell(address, visitor, _path(address, {}), query, None, None)
            return
        for target in targets if isinstance(targets, tuple) else (targets,):
            if target.visitors and visitor.name not in target.visitors:
                continue
            for record in self.records(target, visitor):
                path = _path(address, target.params(address, self.world, record))
                base = target.base(self.world, record) if target.base else {}
                more = target.queries(self.world, record) if target.queries else []
                for number, query in enumerate(({}, *more)):
                    self.cell(
                        address, visitor, path, base | query, target, record, is_first=number == 0
                    )

    def records(self, target: Target, visitor: SimpleNamespace) -> list[Record]:
        """One record of the kind in every position that adds something for this visitor."""
        found = [r for (kind, _position), r in self.world.records.items() if kind == target.kind]
        if WALKS_ALL:
            return found
        positions = FEW_POSITIONS if visitor.name in SAME_SCOPE else USUAL_POSITIONS
        return [r for r in found if self.position(r) in positions]

    def position(self, record: Record) -> str:
        """Where a record is; accounts are in the position of their bearer's name."""
        return next(
            position
            for (kind, position), r in self.world.records.items()
            if r is record or (kind == record.kind and r.pk == record.pk)
        )

    def cell(
        self,
        address: Address,
        visitor: SimpleNamespace,
        path: str,
        query: dict[str, Any],
        target: Target | None,
        record: Record | None,
        is_first: bool = True,
    ) -> None:
        """One request, judged."""
        self.walk.cells += 1
        url = f"{path}?{urlencode(query, doseq=True)}" if query else path
        where = f" of {record.position}" if record else ""
        cell = f"{visitor.name} GET {address}{where} {url if query else ''}".strip()
        with undone(), written_tables() as tables:
            response = ask(visitor, "get", url)
            text = text_of(response)
        self.judge(cell, address, visitor, response, text, target, record, tables)
        if response.status_code == 404 and record is not None and is_first:
            self.compare_with_missing(cell, visitor, response, url, record)
        if response.status_code == 200 and is_first:
            for link in sorted(set(re.findall(r'href="([^"]*format=xlsx[^"]*)"', text)))[:2]:
                self.follow(address, visitor, urljoin(url, link), target, record)

    def follow(
        self,
        address: Address,
        visitor: SimpleNamespace,
        url: str,
        target: Target | None,
        record: Record | None,
    ) -> None:
        """The workbook a page offers."""
        followed = (address.name, visitor.name)
        self.followed[followed] = self.followed.get(followed, 0) + 1
        if self.followed[followed] > BOOKS_EACH:
            return
        self.walk.cells += 1
        cell = f"{visitor.name} GET {url}"
        with undone(), written_tables() as tables:
            response = ask(visitor, "get", url)
            text = text_of(response)
        self.judge(cell, address, visitor, response, text, target, record, tables)

    def judge(
        self,
        cell: str,
        address: Address,
        visitor: SimpleNamespace,
        response: Any,
        text: str,
        target: Target | None,
        record: Record | None,
        tables: set[str],
    ) -> None:
        """Status, canaries, writes."""
        status = response.status_code
        self.walk.answers[status] = self.walk.answers.get(status, 0) + 1
        expected = expected_statuses(address, visitor, self.world, target, record)
        if status not in expected:
            error = getattr(response, "exc_info", None)
            why = f" ({error[0].__name__}: {error[1]})" if error else ""
            self.walk.found(cell, f"answered {status}, not {sorted(expected)}{why}"[:300])
        signed_in = Access() if visitor.name == "token" and not address.is_api else visitor.access
        for canary in self.world.canaries.leaked(text, signed_in):
            self.walk.found(cell, f"shows {canary.what} ({canary.token})")
        wrong = {t for t in tables if t not in MAY_BE_WRITTEN and not ROLLUP_TABLES.match(t)}
        if wrong:
            self.walk.found(cell, f"a GET writes to {', '.join(sorted(wrong))}")

    def compare_with_missing(
        self, cell: str, visitor: SimpleNamespace, response: Any, path: str, record: Record
    ) -> None:
        """A record of others is answered exactly like one that does not exist."""
        nowhere = path.replace(str(record.pk), str(MISSING_PK), 1)
        if nowhere == path:
            return
        key = (visitor.name, nowhere)
        if key not in self._missing:
            with undone():
                self._missing[key] = body_without_varying(ask(visitor, "get", nowhere), nowhere)
        if body_without_varying(response, path) != self._missing[key]:
            self.walk.found(cell, "its 404 differs from that of a missing record")


def _path(address: Address, kwargs: dict[str, Any]) -> str:
    if address.name and not address.name.endswith(":"):
        return reverse(address.name, kwargs=kwargs or None)
    return "/" + address.route
