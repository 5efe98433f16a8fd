"""The workbook of a list, brought in again as it is, changes nothing."""

from __future__ import annotations

import io
from datetime import date, time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.access import Access
from activities.models import Activity, ActivityHeadcount, ActivitySite, ExemplaryModel, Solution
from campaign.models import Audience, ImportBatch, ImportLine, Topic
from campaign.portal.imports import batches
from campaign.portal.workbooks.read import read_table
from classes.models import ClassSession, SessionHeadcount, TrainingClass
from tests.activities.conftest import make_activity, make_model, make_solution
from tests.activities.conftest import types as types
from tests.conftest import plant
from tests.reporting.test_declared import declare
from units.models import CommunityTeam, UnitProfile

pytestmark = pytest.mark.django_db(transaction=True)


def exported(person: Any, address: str, **query: str) -> bytes:
    """The workbook of a list as the person downloads it."""
    answer = person.client.get(reverse(address), {"format": "xlsx", **query})
    assert answer.status_code == 200
    return answer.content


def brought_back(person: Any, kind: str, content: bytes) -> ImportBatch:
    file = SimpleUploadedFile("danh-sach.xlsx", content)
    batch = batches.take(file, kind=kind, access=Access.of(person.user))
    batches.match(
        batch, {int(k): v for k, v in batch.columns.items()}, batch.options, access=person.access
    )
    batches.start_check(batch, access=person.access)
    return batch


def counts(batch: ImportBatch) -> dict[str, int]:
    troubles = ImportLine.objects.filter(batch=batch).exclude(outcome="unchanged")
    told = [(line.outcome, line.problems, line.changes, line.values) for line in troubles[:3]]
    assert not [t for t in told if t[0] not in ("skipped",)], told
    return {name: count for name, count in batch.counts.items() if count}


@pytest.fixture
def lessons(province: Any, words: Any, hoa: Any, minh: Any) -> None:
    """Classes of a commune, plain and odd, and one of a department held there."""
    twin = plant(province.binh_minh, "hamlet", "ap", "30952-09", "Ấp Hoà Út")
    team = CommunityTeam(unit=province.hoa_ut, name="Tổ CNSCĐ", founded_on=date(2025, 8, 1))
    team.clean()
    team.save()
    old = Topic.objects.create(code="old", name_vi="Chủ đề cũ", name_en="Old", is_archived=True)
    for number, more in enumerate(
        [
            {"place": province.hoa_ut, "team": team, "venue": "Nhà văn hoá ấp", "capacity": 40},
            {"place": None, "mode": "online", "note": "Dòng một\r\nDòng hai", "trainers": "Lê, Tư"},
            {"topic": old, "counting": "roster", "is_at_least": True, "place": province.an_hoa},
            {"cancelled_at": timezone.now(), "cancelled_reason": "Mưa lũ", "place": twin},
            {"unit": province.education, "place": province.hoa_ut, "title": "Lớp của Sở"},
        ],
        start=1,
    ):
        fields = {
            "unit": province.an_hoa, "topic": words.vneid, "audience": words.elderly,
            "title": f"Lớp “học” số {number}", "starts_on": date(2026, 3, number), **more,
        }  # fmt: skip
        one = TrainingClass(code=f"AHO-26-{number:04d}", **fields)
        one.clean()
        one.save()
        one.co_organisers.add(province.binh_minh)
        for n in range(2):
            session = ClassSession.unscoped.create(
                training_class=one, number=n + 1, held_on=date(2026, 3, number + n),
                starts_at=time(18, 30), status="held" if n else "cancelled",
            )  # fmt: skip
        SessionHeadcount.unscoped.create(session=session, sex="f", people=12)


def test_classes(lessons: None, hoa: Any, minh: Any, lan: Any) -> None:
    file = exported(hoa, "classes:list")
    assert counts(brought_back(hoa, "classes", file)) == {"unchanged": 4, "skipped": 1}
    assert counts(brought_back(minh, "classes", exported(minh, "classes:list"))) == {"unchanged": 1}
    titles = read_table(io.BytesIO(file), filename="a.xlsx").rows[4]
    assert titles[-1] == "Khoá dòng"
    assert len(set(titles)) == len(titles)
    assert "Khoá dòng" not in str(
        read_table(io.BytesIO(exported(lan, "classes:list")), filename="a.xlsx").rows[4]
    )


def test_a_part_of_the_columns_and_one_change(lessons: None, hoa: Any) -> None:
    file = exported(hoa, "classes:list", cols="title,place,starts_on")
    batch = brought_back(hoa, "classes", file)
    assert counts(batch) == {"unchanged": 4, "skipped": 1}
    first = TrainingClass.unscoped.get(code="AHO-26-0002")

    def rename(decisions: Any) -> None:
        line = ImportLine.objects.get(batch=batch, record_id=first.pk)
        decisions.cells[line.number] = {"title": "Lớp buổi tối"}

    batches.decide(batch, rename, access=hoa.access)
    assert (batch.counts["changed"], batch.counts["unchanged"]) == (1, 3)
    batches.start_saving(batch, "good", access=hoa.access)
    first.refresh_from_db()
    assert (first.title, first.note) == ("Lớp buổi tối", "Dòng một\r\nDòng hai")


def test_activities(hoa: Any, province: Any, types: Any) -> None:
    talk = make_activity(
        province.an_hoa, types["communication"], "Tuyên truyền VNeID", place=province.hoa_ut,
        extra={"channel": "mobile"}, is_at_least=True,
    )  # fmt: skip
    talk.audiences.set(Audience.objects.filter(code__in=["public_sector_staff", "elderly"]))
    ActivityHeadcount.unscoped.create(activity=talk, sex="f", people=40)
    ActivitySite.unscoped.create(activity=talk, unit=province.hoa_tao, people=7)
    make_activity(province.an_hoa, types["other"], "Việc khác", place=None, note="–")
    gone = make_activity(
        province.an_hoa, types["door_to_door"], "Đi từng nhà", households_visited=9
    )
    Activity.unscoped.filter(pk=gone.pk).update(cancelled_at=timezone.now())
    make_activity(province.education, types["conference"], "Của Sở", place=province.an_hoa)
    file = exported(hoa, "activities:list")
    assert counts(brought_back(hoa, "activities", file)) == {"unchanged": 3, "skipped": 1}
    part = exported(hoa, "activities:list", cols="title,people,date")
    assert counts(brought_back(hoa, "activities", part)) == {"unchanged": 3, "skipped": 1}


def test_models_and_solutions(hoa: Any, bao: Any, province: Any, types: Any) -> None:
    make_model(province.an_hoa, description="Một\nHai", ended_on=date(2026, 9, 1))
    make_model(province.hoa_ut, "Tuyến phố không tiền mặt", decision_number="12/QĐ")
    ExemplaryModel.unscoped.filter(name__startswith="Tuyến").update(cancelled_at=timezone.now())
    make_solution(province.an_hoa, "Lấy số qua điện thoại", "crop_production", uses_it=False)
    make_solution(province.hoa_tao, "Sổ tay số", "crop_production", authors="Lê Văn Tư, Danh Sol")
    Solution.unscoped.filter(name="Sổ tay số").update(cancelled_at=timezone.now())
    models = exported(hoa, "activities:models")
    assert counts(brought_back(hoa, "models", models)) == {"unchanged": 2}
    solutions = exported(hoa, "activities:solutions")
    assert counts(brought_back(hoa, "solutions", solutions)) == {"unchanged": 2}
    foreign = brought_back(bao, "solutions", solutions)
    assert {name: n for name, n in foreign.counts.items() if n} == {"error": 2}


def test_teams(hoa: Any, minh: Any, hanh: Any, province: Any) -> None:
    for unit, more in (
        (province.hoa_ut, {"decision_number": "45/QĐ-UBND", "decided_on": date(2025, 7, 10)}),
        (province.hoa_tao, {"ended_on": date(2026, 2, 1), "ended_reason": "Sáp nhập"}),
        (province.an_hoa, {}),
        (province.khom_mot, {}),
    ):
        fields = {"name": "Tổ công nghệ số cộng đồng", "founded_on": date(2025, 8, 1), **more}
        team = CommunityTeam(unit=unit, **fields)
        team.clean()
        team.save()
    mine = exported(hoa, "teams:list")
    assert counts(brought_back(hoa, "teams", mine)) == {"unchanged": 3}
    assert counts(brought_back(hanh, "teams", exported(hanh, "teams:list"))) == {"skipped": 4}


def test_hamlets_and_organisations(hoa: Any, hanh: Any, province: Any) -> None:
    UnitProfile.unscoped.create(unit=province.hoa_ut, year=2025, population=812, households=203)
    UnitProfile.unscoped.create(unit=province.hoa_ut, year=2026, population=820)
    hamlets = exported(hoa, "units:list", level="hamlet")
    assert counts(brought_back(hoa, "hamlets", hamlets)) == {"unchanged": 2}
    schools = exported(hanh, "units:list", level="organisation")
    assert counts(brought_back(hanh, "organisations", schools)) == {"unchanged": 1}


def test_declared_figures(hoa: Any, province: Any) -> None:
    declare(province.an_hoa, 30)
    declare(province.an_hoa, 95, 100)
    declare(province.an_hoa, 7, code="platform_accounts", period="2026-Q3")
    batch = brought_back(hoa, "declared", exported(hoa, "declared:list"))
    assert counts(batch) == {"unchanged": 3}
