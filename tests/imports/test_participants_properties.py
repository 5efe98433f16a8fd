"""Whatever a file of people says: every row is told of, twice is once, and undoing undoes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.access import Access
from campaign.models import ImportBatch
from campaign.portal.imports import batches
from classes.models import Attendance, ClassSession, Enrolment, Participant
from reporting.figures import figures
from reporting.rollups import settle_all
from reporting.verification import compare
from tests.imports.files import workbook
from tests.imports.test_participants import HEADINGS, a_class, found, row
from tests.imports.test_participants import check as checked
from tests.reporting.oracle import Oracle
from tests.reporting.test_concurrency import in_thread, joined
from tests.reporting.test_figures import FLOWS, YEAR

people = st.builds(
    row,
    st.sampled_from(["Lê Văn An", "LÊ VĂN AN", "le van an", "Danh Sol", "Thị Sương", "9", None]),
    st.sampled_from([1960, 1961, "21/01/1960", "12/13/1969", None, "-"]),
    code=st.sampled_from(["AHO-26-0001", "AHO-26-0002", "AHO-26-0009"]),
    phone=st.sampled_from([None, None, "912345678", "0912345679", "091", "-"]),
    hamlet=st.sampled_from([None, "Hoà Út", "ấp hoà tạo", "Hoà Xa", "-"]),
    attended=st.sampled_from([None, 0, 1, 2, 7]),
    completed=st.sampled_from([None, "x", "05/03/2026", "không", "01/01/2020"]),
)
tables = st.lists(people, max_size=7)


def state() -> list[Any]:
    """Everything an import of people may touch, without versions and times."""
    person = "participant__full_name", "participant__birth_year"
    return [
        sorted(map(str, rows))
        for rows in (
            Participant.unscoped.values_list(
                "pk", "full_name", "birth_year", "birth_date", "phone", "hamlet", "sex",
                "search_key", "sort_key",
            ),
            Enrolment.unscoped.values_list("pk", "training_class__code", "completed_on", *person),
            Attendance.unscoped.values_list("session", "enrolment"),
            ClassSession.unscoped.values_list("pk", "status"),
        )
    ]  # fmt: skip


def bring_in(access: Access, rows: list[Any], *, save: bool) -> ImportBatch:
    """A file, without jobs, which wait for the end of a transaction."""
    batch = batches.take(workbook(HEADINGS, *rows), kind="participants", access=access)
    batches.check(batch, access=access)
    if save:
        ImportBatch.objects.filter(pk=batch.pk).update(step=ImportBatch.Step.RUNNING)
        batch = batches.save(batch.pk, access=access)
        assert batch.step == "done"
    assert batch.rows_read == sum(batch.counts.values()) == batch.lines.count()
    return batch


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)  # fmt: skip
@given(first=tables, second=tables)
def test_twice_is_once_and_undoing_undoes(
    province: SimpleNamespace, words: SimpleNamespace, hoa: Any, first: Any, second: Any
) -> None:
    with transaction.atomic():
        for number in (1, 2):
            a_class(province.an_hoa, words, f"AHO-26-000{number}")
        bring_in(hoa.access, first, save=True)
        before = state()
        batch = bring_in(hoa.access, second, save=True)
        after = state()
        again = bring_in(hoa.access, second, save=True)
        assert (again.counts["new"], again.counts["changed"]) == (0, 0), again.counts
        assert state() == after
        batches.undo(batch, access=hoa.access)
        assert state() == before
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_figures_follow_an_import(
    province: SimpleNamespace, words: SimpleNamespace, hoa: Any, lan: Any
) -> None:
    a_class(province.an_hoa, words, "AHO-26-0001")
    a_class(province.an_hoa, words, "AHO-26-0002")
    rows = [
        row(f"Học viên {'ABCDEFGH'[n]}", 1950 + n, sex="Nam" if n % 3 else "Nữ", attended=n % 4,
            code=f"AHO-26-000{1 + n % 2}", completed="x" if n % 2 else None)
        for n in range(8)
    ]  # fmt: skip
    batch = bring_in(hoa.access, rows, save=True)
    assert found(batch) == {"new": 8}
    assert reached(province, lan.access) == (12, 6, 4)
    batches.undo(batch, access=hoa.access)
    assert reached(province, lan.access) == (0, 0, 0)


def reached(province: SimpleNamespace, access: Access) -> tuple[int, ...]:
    """Attendances, people and completions the pages tell, which are those brute force finds."""
    settle_all()
    assert compare()[1] == []
    oracle = Oracle()
    units = [province.root, province.an_hoa]
    told = figures(FLOWS, axis="owner", units=units, period=YEAR, access=access)
    for unit in units:
        for code in FLOWS:
            assert told[unit.pk][code].value == oracle.number(
                code, axis="owner", unit=unit, start=YEAR.start, end=YEAR.end
            ), code
    codes = ("attendances_on_roster", "people", "people_completed")
    return tuple(told[province.an_hoa.pk][code].value or 0 for code in codes)


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_one_file_saved_twice_at_once_is_saved_once(
    province: SimpleNamespace, words: SimpleNamespace, hoa: Any
) -> None:
    a_class(province.an_hoa, words, "AHO-26-0001")
    for attempt in range(10):
        rows = [row(f"Học viên {'ABCDEFGHIJ'[attempt]}{c}", 1960, attended=1) for c in "abcde"]
        two = [checked(hoa.access, *rows) for _sender in range(2)]
        ImportBatch.objects.filter(pk__in=[b.pk for b in two]).update(step="running")
        joined(*(in_thread(lambda pk=b.pk: batches.save(pk, access=hoa.access)) for b in two))
        assert Enrolment.unscoped.count() == Participant.unscoped.count() == 5 * (attempt + 1)
        counts = [ImportBatch.objects.get(pk=b.pk).counts for b in two]
        assert sorted(c["new"] for c in counts) == [0, 5]
        assert sorted(c["unchanged"] for c in counts) == [0, 5]
