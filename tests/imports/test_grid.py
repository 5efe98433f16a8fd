"""A table on a page: what the script is told, what is saved, what is refused."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaign.models import ChangeEntry, Draft
from campaign.portal import history
from units.models import CommunityTeam, TeamMember

pytestmark = pytest.mark.django_db

LIST = (
    "STT\tSố điện thoại\tHọ và tên\tNăm sinh\n"
    "1\t900000101\tDanh Thị Sa Rượl\t1988\n"
    '2\t900000108\t"Danh\nHoàng"\t1993\n'
    "Tổng cộng\t2\t\t\n"
)


@pytest.fixture
def team(province: SimpleNamespace) -> CommunityTeam:
    found = CommunityTeam(
        unit=province.hoa_ut, name="Tổ công nghệ số ấp Hoà Út", founded_on=date(2025, 7, 1)
    )
    found.clean()
    found.save()
    return found


def member(team: CommunityTeam, name: str, **more: Any) -> TeamMember:
    found = TeamMember(team=team, full_name=name, joined_on=team.founded_on, **more)
    found.clean()
    found.save()
    return found


class Table:
    """One person at one table."""

    def __init__(self, person: SimpleNamespace, team: CommunityTeam, client: Client | None = None):
        self.client = client or person.client
        self.by = person.user.username
        self.url = reverse("teams:members", args=[team.pk])

    def send(self, **message: Any) -> Any:
        body = json.dumps({"by": self.by, **message})
        return self.client.post(self.url, body, content_type="application/json")

    def ask(self, **message: Any) -> dict[str, Any]:
        answer = self.send(**message)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def save(self, *rows: dict[str, Any], only: str = "all", key: str = "") -> dict[str, Any]:
        return self.ask(do="save", rows=list(rows), only=only, submission=key or str(uuid4()))


def row(number: int, name: str, **cells: str) -> dict[str, Any]:
    return {"n": number, "cells": {"full_name": name, **cells}}


@pytest.fixture
def table(hoa: SimpleNamespace, team: CommunityTeam) -> Table:
    return Table(hoa, team)


def test_a_paste_is_read_by_its_headings_without_numbers_and_totals(table: Table) -> None:
    read = table.ask(do="paste", text=LIST, first="full_name")
    assert read["columns"] == ["phone", "full_name", "birth_year"]
    assert [one["full_name"] for one in read["rows"]] == ["Danh Thị Sa Rượl", "Danh Hoàng"]
    assert len(read["told"]) == 2
    plain = table.ask(do="paste", text="1\tLê Tư\tNam\n2\tLê Bảy\tNữ", first="full_name")
    assert plain["columns"][0] == "full_name"
    assert plain["rows"][1]["full_name"] == "Lê Bảy"
    inside = table.ask(do="paste", text="1990\t0900000101", first="birth_year")
    assert inside["columns"][0] == "birth_year"


def test_every_cell_is_told_how_it_was_read_and_what_is_wrong(table: Table) -> None:
    rows = [
        row(1, "ĐỖ VĂN AN", phone="900000101", birth_year="31/02/1968"),
        row(2, "Lê Tư", phone="+84 900 000 102", joined_on="05/03/2026"),
        row(3, "Lê Bảy", role="tổ phóo"),
    ]
    answer = table.ask(do="check", rows=rows, pasted={"rows": 3, "columns": 4, "told": []})
    first, second, third = answer["rows"]
    assert first["cells"] == {"full_name": "Đỗ Văn An", "phone": "0900000101"}
    assert first["problems"][0]["column"] == "birth_year"
    assert first["problems"][0]["fixes"][-1]["text"] == "1968"
    assert second["state"] == "new"
    assert second["cells"]["phone"] == "0900000102"
    assert third["problems"][0]["fixes"][0]["text"] == "Tổ phó"
    assert (answer["summary"]["wrong"], answer["summary"]["good"]) == (2, 1)
    assert "1 số điện thoại" in answer["notice"]["text"]
    assert answer["tally"][0]["number"] == "1"
    assert not TeamMember.unscoped.exists()


def test_a_thousand_rows_cost_as_many_queries_as_ten(table: Table, team: CommunityTeam) -> None:
    known = [member(team, f"Danh Sol {number}") for number in range(5)]
    counts = []
    for many in (10, 1_000):
        rows = [
            {"n": n, "key": f"{one.pk}.1", "cells": {"full_name": one.full_name}}
            for n, one in enumerate(known, 1)
        ]
        rows += [
            row(n, f"Lê Thị {'AEIOU'[n % 5]} {n}", birth_year="1980") for n in range(6, many + 1)
        ]
        with CaptureQueriesContext(connection) as queries:
            table.ask(do="check", rows=rows)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_all_rows_are_saved_or_none_unless_the_good_ones_are_wanted(
    table: Table, hoa: SimpleNamespace, team: CommunityTeam
) -> None:
    rows = [row(1, "Lê Tư"), row(2, "Lê Bảy", phone="0900")]
    refused = table.save(*rows)
    assert refused["refused"]
    assert not TeamMember.unscoped.exists()
    saved = table.save(*rows, only="good")
    assert saved["rows"][0]["key"] == f"{TeamMember.unscoped.get().pk}.1"
    assert saved["rows"][1]["state"] == "error"
    kept = Draft.objects.get(by=hoa.user)
    assert [one["n"] for one in json.loads(kept.fields["rows"][0])] == [2]
    page = hoa.client.get(table.url)
    assert [one["cells"]["full_name"] for one in page.context["grid"]["draft"]] == ["Lê Bảy"]
    table.save({"n": 1, **{k: saved["rows"][0][k] for k in ("key", "cells")}}, row(2, "Lê Bảy"))
    assert TeamMember.unscoped.count() == 2
    assert not Draft.objects.exists()


def test_the_same_table_sent_twice_is_saved_once(table: Table) -> None:
    key = str(uuid4())
    first, second = (table.save(row(1, "Lê Tư", birth_year="1980"), key=key) for _try in range(2))
    assert TeamMember.unscoped.count() == 1
    assert second["rows"][0]["key"] == first["rows"][0]["key"]


def test_an_empty_cell_of_a_saved_row_empties_it_and_a_name_cannot_go(
    table: Table, team: CommunityTeam
) -> None:
    known = member(team, "Lê Tư", phone="0900000101", birth_year=1980)
    sent = {
        "n": 1,
        "key": f"{known.pk}.1",
        "cells": {"full_name": "Lê Tư", "phone": "", "birth_year": "1980"},
    }
    table.save(sent)
    known.refresh_from_db()
    assert (known.phone, known.birth_year) == ("", 1980)
    sent = {"n": 1, "key": f"{known.pk}.2", "cells": {"full_name": "", "birth_year": "1980"}}
    assert table.ask(do="check", rows=[sent])["rows"][0]["problems"][0]["column"] == "full_name"


def test_what_two_people_changed_in_one_cell_is_asked_and_the_rest_merges(
    table: Table, team: CommunityTeam, hoa: SimpleNamespace
) -> None:
    known = member(team, "Lê Tư", phone="0900000101", birth_year=1980)
    known.phone, known.version = "0900000102", 2
    known.save()
    changes = {"phone": ["0900000101", "0900000102"]}
    history.record_change(
        known, ChangeEntry.Action.CHANGED, access=hoa.access, changes=changes
    )  # fmt: skip
    mine = {"full_name": "Lê Tư", "phone": "0900000103", "birth_year": "1981"}
    sent = {"n": 1, "key": f"{known.pk}.1", "cells": mine}
    told = table.ask(do="check", rows=[sent])["rows"][0]
    assert told["state"] == "conflict"
    assert told["theirs"]["cells"]["phone"] == "0900000102"
    assert "0900000103" in told["changes"][0]
    merged = {**sent, "cells": {**mine, "phone": "0900000101"}}
    assert table.ask(do="check", rows=[merged])["rows"][0]["state"] == "changed"
    table.save({**sent, "mine": True})
    known.refresh_from_db()
    assert (known.phone, known.birth_year) == ("0900000103", 1981)


def test_rows_of_others_are_neither_found_nor_changed(
    table: Table, bao: SimpleNamespace, team: CommunityTeam, province: SimpleNamespace
) -> None:
    known = member(team, "Lê Tư")
    outsider = Table(bao, team)
    assert outsider.send(do="check", rows=[row(1, "Ai")]).status_code == 404
    assert outsider.send(do="save", rows=[row(1, "Ai")], submission=str(uuid4())).status_code == 404
    other = CommunityTeam(unit=province.khom_mot, name="Tổ khóm Một", founded_on=date(2025, 7, 1))
    other.clean()
    other.save()
    theirs = Table(bao, other)
    sent = {"n": 1, "key": f"{known.pk}.1", "cells": {"full_name": "Đổi tên"}}
    told = theirs.save(sent, only="good")["rows"][0]
    assert told["problems"][0]["code"] == "not_yours"
    known.refresh_from_db()
    assert known.full_name == "Lê Tư"


def test_what_is_no_table_or_too_large_is_refused(table: Table) -> None:
    too_many = [row(n, "Lê Tư") for n in range(1, 1_002)]
    assert table.send(do="check", rows=too_many).status_code == 413
    assert table.send(do="check", rows=[row(1, "x" * 2_001)]).status_code == 413
    for wrong in ("rows", [1], [{"n": "1", "cells": {}}], [{"n": 1, "cells": {"full_name": 4}}]):
        assert table.send(do="check", rows=wrong).status_code == 400
    assert table.send(do="dance", rows=[]).status_code == 400
    assert table.send(do="save", rows=[row(1, "A B")], submission="x").status_code == 400
    wide = table.send(do="paste", text="\t".join("abc" for _n in range(41)), first="")
    long = table.send(do="paste", text="Lê Tư\n" * 1_001, first="full_name")
    assert (wide.status_code, long.status_code) == (422, 422)
    assert table.client.post(table.url, "[", content_type="application/json").status_code == 400
    other = table.client.post(
        table.url, json.dumps({"by": "bao", "do": "check", "rows": []}),
        content_type="application/json",
    )  # fmt: skip
    assert other.status_code == 409


def test_a_table_from_another_site_is_refused(hoa: SimpleNamespace, team: CommunityTeam) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hoa.user, backend="django.contrib.auth.backends.ModelBackend")
    answer = Table(hoa, team, strict).send(do="save", rows=[row(1, "Lê Tư")])
    assert answer.status_code == 403
    assert not TeamMember.unscoped.exists()


def test_without_the_script_rows_are_pasted_checked_and_saved(table: Table) -> None:
    table.client.get(table.url)
    checked = table.client.post(table.url, {"pasted": LIST, "do": "check"})
    assert checked.status_code == 422
    page = checked.content.decode()
    assert "Danh Thị Sa Rượl" in page
    assert not TeamMember.unscoped.exists()
    saved = table.client.post(table.url, {"pasted": LIST, "do": "good", "submission": str(uuid4())})
    assert saved.status_code == 302
    assert set(TeamMember.unscoped.values_list("phone", flat=True)) == {"0900000101", "0900000108"}
