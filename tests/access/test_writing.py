"""A2, A8: nobody changes, copies or refers to what is not theirs; nothing changes without a token."""

from __future__ import annotations

import time

from django.test import Client

from tests.access.discovery import addresses
from tests.access.matrix import _path, ask, undone, written_tables
from tests.access.providers import FORMS_TO_ACCEPT, PROVIDERS
from tests.access.world import BACKEND
from tests.access.writes import Writer, targets_of


def test_foreign_ids_in_every_field_of_every_form_change_nothing_of_others(world):
    start = time.monotonic()
    writer = Writer(world, PROVIDERS)
    walk = writer.write()
    print(
        f"\ncells walked by forms: {walk.cells} in {time.monotonic() - start:.0f} s, {walk.answers}"
    )
    print("refused as they stand:", writer.refused)
    assert not walk.findings, walk.report()
    assert FORMS_TO_ACCEPT - writer.accepted == set(), "these forms were never filled in rightly"


def test_unsafe_methods_on_records_of_others_change_nothing(world):
    start = time.monotonic()
    walk = Writer(world, PROVIDERS).sweep()
    print(
        f"\ncells walked by method: {walk.cells} in {time.monotonic() - start:.0f} s, {walk.answers}"
    )
    assert not walk.findings, walk.report()
    assert walk.answers.get(302, 0) == 0, "somebody was let do something"


def test_nothing_is_done_without_the_token(world):
    officer = world.people["officer"]
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(officer.user, backend=BACKEND)
    wrong = []
    for address in addresses():
        if address.is_admin:
            continue
        kwargs = {}
        if address.params:
            target = targets_of(PROVIDERS, address)[0]
            record = world.get(target.kind, "own") or world.get(target.kind, "officer")
            record = record or next(iter(world.of_kind(target.kind)), None)
            if record is None:  # nothing of this kind stands in the world (merges, undone ones)
                continue
            kwargs = target.params(address, world, record)
        for method in ("post", "put", "patch", "delete"):
            with undone(), written_tables() as tables:
                status = getattr(client, method)(_path(address, kwargs)).status_code
            if status not in (403, 404, 405) or tables:
                wrong.append(f"{method.upper()} {address}: {status} {tables or ''}")
    assert wrong == []


def test_the_token_of_the_read_api_changes_nothing(world):
    for address in addresses():
        if not address.is_api or address.params:
            continue
        for method in ("post", "put", "patch", "delete"):
            with undone(), written_tables() as tables:
                answer = ask(world.people["token"], method, _path(address, {}))
            assert (answer.status_code, tables) == (405, set())
