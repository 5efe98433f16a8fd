"""Dashboards say whether figures are provisional or approved, and what moved since approval."""

import pytest
from django.urls import reverse
from django.utils import timezone

from classes.models import SessionHeadcount
from reporting.closing import snapshots
from reporting.closing.standing import standing_of
from reporting.lens import Lens
from reporting.models import Report, Snapshot
from tests.reporting.freezing import MONTH, report_of

pytestmark = pytest.mark.django_db


def approve(report, by):
    """Approve a report as the flow does, without its closing of records."""
    kept = snapshots.freeze(report, Snapshot.Occasion.APPROVED, by)
    Report.unscoped.filter(pk=report.pk).update(
        state=Report.State.APPROVED, approved_at=timezone.now()
    )
    return kept


def page(who, unit, **query):
    name = "unit_dashboard" if unit.parent_id else "dashboard_of"
    address = reverse(name, args=[unit.pk])
    return who.client.get(address, {"period": MONTH.code, **query}).content.decode()


def test_a_unit_is_provisional_then_approved_then_told_what_moved(world, province, lan):
    assert "Số tạm" not in page(lan, province.an_hoa)  # no report is owed
    report = report_of(province.an_hoa)
    assert "Số tạm" in page(lan, province.an_hoa)
    approve(report, lan.user)
    text = page(lan, province.an_hoa)
    assert "Số liệu đã duyệt ngày" in text
    assert "từ đó chưa thay đổi" in text
    before = snapshots.content_of(Snapshot.unscoped.get())["figures"]["attendances"]["value"]
    world.headcount(world.session(
        world.training_class(unit=province.an_hoa), held_on=MONTH.start, status="held"
    ))  # fmt: skip
    SessionHeadcount.unscoped.filter(pk=SessionHeadcount.unscoped.latest("pk").pk).update(people=99)
    lens = Lens.of(province.an_hoa, {"period": MONTH.code}, lan.access)
    standing = standing_of(lens)
    moved = {one.label: one for one in standing.moved}
    label = "Lượt người tham gia lớp học"
    assert int(moved[label].approved) == before
    text = page(lan, province.an_hoa)
    assert f">{before}<" in text
    assert reverse("snapshots:changes", args=[report.pk]) in text
    assert "hiện nay" not in page(lan, province.an_hoa, audience=world.audiences[0].code)


def test_the_province_counts_its_approved_reports_and_adds_them_up(world, province, lan):
    reports = [report_of(unit) for unit in (province.an_hoa, province.binh_minh)]
    assert "Đã duyệt 0/2 báo cáo" in page(lan, province.root)
    for report in reports:
        approve(report, lan.user)
    text = page(lan, province.root)
    assert "Đã duyệt 2/2 báo cáo" in text
    assert "khi duyệt" not in text
    kept = [
        snapshots.content_of(one)["figures"]["reach"]["value"] or 0
        for one in Snapshot.unscoped.all()
    ]
    activity = world.activity(unit=province.an_hoa, starts_on=MONTH.start)
    activity.headcounts.create(people=5000)
    lens = Lens.of(province.root, {"period": MONTH.code}, lan.access)
    reach = next(one for one in standing_of(lens).moved if "hoạt động" in one.label)
    assert reach.approved == f"{sum(kept):,}".replace(",", ".")
    assert reach.by.startswith("+5.")


def test_who_sees_only_a_hamlet_is_told_nothing_of_the_commune(world, province, tu):
    approve(report_of(province.an_hoa), None)
    assert "đã duyệt" not in page(tu, province.hoa_ut)
