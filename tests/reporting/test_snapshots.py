"""What is frozen: the same text from the same records, the same figures from the frozen facts."""

import json
import zlib
from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classes.models import SessionHeadcount, TrainingClass
from reporting.closing import snapshots, verifying
from reporting.figures import breakdown, figures
from reporting.indicators import ALL, BY_CODE
from reporting.models import (
    PeriodLock,
    Report,
    ReportTemplate,
    ReportText,
    Snapshot,
)
from reporting.models.closing import Immutable
from tests.reporting.freezing import MONTH, report_of
from units.models import TeamMember, Unit, UnitSuccession

pytestmark = pytest.mark.django_db
APPROVED, SUBMITTED = Snapshot.Occasion.APPROVED, Snapshot.Occasion.SUBMITTED


@pytest.fixture
def report(world, province):
    """The January report of An Hoà after a busy winter."""
    return report_of(province.an_hoa)


def test_the_same_records_give_the_same_bytes(report):
    assert snapshots.build(report) == snapshots.build(report)


def test_a_snapshot_says_what_the_figures_say(world, province, lan):
    for unit in (province.an_hoa, province.education, province.root):
        content = snapshots.content_of(snapshots.freeze(report_of(unit), SUBMITTED, lan.user))
        asked = {"axis": "owner", "period": MONTH, "access": lan.access}
        live = figures(BY_CODE, units=[unit], **asked)[unit.pk]
        for code, figure in live.items():
            kept = content["figures"][code]
            assert kept.get("value") == figure.value, code
            assert kept.get("numerator") == figure.numerator, code
            assert kept.get("denominator") == figure.denominator, code
        for one in ALL:
            for dim in one.dims if not one.is_ratio else ():
                parts = breakdown(one.code, dim, unit=unit, **asked)
                kept = content["breakdowns"].get(one.code, {}).get(dim.value, {})
                assert kept == {part.key: part.value for part in parts if part.value}, one.code
        assert content["figures"]["people"]["value"] > 0


def test_a_kept_snapshot_is_whole_adds_up_and_is_built_again(report, lan):
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    verdict = snapshots.verify(Snapshot.unscoped.get(pk=snapshot.pk))
    assert verdict.is_sound
    assert verdict.is_same_now


def test_what_changes_nothing_in_the_figures_still_builds_the_same_text(report, world, lan):
    """Names, templates and later sessions of the same class are no part of what was approved."""
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    kept = snapshots.content_of(snapshot)
    source = next(fact["source_id"] for fact in kept["facts"] if fact["source"] == "class")
    TrainingClass.unscoped.filter(pk=source).update(title="Another name")
    world.session(TrainingClass.unscoped.get(pk=source), held_on=date(2026, 6, 1), status="held")
    ReportTemplate.unscoped.update(name_vi="Mẫu mới", indicators=["classes"])
    report.unit.name = "Xã An Hoà Mới"
    report.unit.save()
    again = Report.unscoped.get(pk=report.pk)
    assert snapshots.build(again) != snapshots.text_of(snapshot)
    assert snapshots.verify(Snapshot.unscoped.get(pk=snapshot.pk)).is_same_now


def test_a_changed_record_is_seen(report, world, lan):
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    SessionHeadcount.unscoped.update(people=7)
    verdict = snapshots.verify(Snapshot.unscoped.get(pk=snapshot.pk))
    assert verdict.is_sound
    assert verdict.is_same_now is False


def test_a_forged_snapshot_is_found(report, lan):
    """Neither another text under the old hash nor other figures under a new hash pass."""
    text = snapshots.build(report)
    forged = json.loads(text)
    forged["figures"]["sessions"]["value"] += 1
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    snapshot.content = zlib.compress(snapshots.canonical(forged))
    assert not snapshots.verify(snapshot).is_whole
    kept = snapshots.keep(
        snapshots.canonical(forged), unit=report.unit, report=report, occasion=APPROVED, by=None
    )
    verdict = snapshots.verify(kept)
    assert verdict.is_whole
    assert not verdict.adds_up


def test_nothing_is_not_zero(province, lan):
    """A unit that recorded nothing has no figures, but the teams it has are none: zero."""
    content = snapshots.content_of(snapshots.freeze(report_of(province.science), APPROVED, None))
    assert content["figures"]["sessions"] == {"value": None}
    assert content["figures"]["teams"] == {"value": 0}
    assert content["figures"]["solutions"] == {"value": None}
    assert content["facts"] == []


def test_a_snapshot_never_changes_and_never_goes(report, lan):
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    for change in (
        snapshot.save, snapshot.delete, lambda: Snapshot.unscoped.update(sha256="0"),
        lambda: Snapshot.unscoped.all().delete(),
        lambda: Snapshot.objects.within(lan.access.view).update(occasion="submitted"),
        lambda: Snapshot.unscoped.bulk_update([snapshot], ["sha256"]),
    ):  # fmt: skip
        with pytest.raises(Immutable):
            change()
    with pytest.raises(ProtectedError):
        report.delete()
    for column in ("content", "sha256", "at", "report_id", "unit_id", "occasion", "figures"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE reporting_snapshot SET {column} = NULL")
    lan.user.delete()
    assert Snapshot.unscoped.get().by is None


def test_it_holds_no_name_of_a_person(report, world, lan):
    team = world.teams[0]
    TeamMember.unscoped.create(team=team, full_name="Danh Thị Tên Kín", joined_on=date(2025, 7, 2))
    text = snapshots.build(report).decode()
    assert "Lê Thị Mai" not in text
    assert "Danh Thị Tên Kín" not in text


def test_a_larger_report_costs_no_more_queries(world, province, django_assert_num_queries):
    report = report_of(province.an_hoa)
    snapshots.build(report)
    with CaptureQueriesContext(connection) as before:
        snapshots.build(report)
    world.fill(classes=10, activities=10)
    snapshots.build(report)
    with django_assert_num_queries(len(before)):
        snapshots.build(report)
    assert len(before) < 45


def test_the_night_finds_what_is_broken_and_what_changed_in_silence(world, province, lan):
    """A change without an amendment, and a text that was written past ``freeze``."""
    reports = [report_of(unit) for unit in (province.an_hoa, province.education)]
    kept = [snapshots.freeze(report, APPROVED, lan.user) for report in reports]
    SessionHeadcount.unscoped.filter(
        session__training_class__unit__path__startswith=province.an_hoa.path
    ).update(people=7)
    for report, snapshot in zip(reports, kept, strict=True):
        report.state = Report.State.APPROVED
        report.save()
        PeriodLock.unscoped.create(
            unit=report.unit, report=report, snapshot=snapshot,
            starts_on=MONTH.start, ends_on=MONTH.end,
        )  # fmt: skip
    checked = verifying.verify_all()
    assert (checked.snapshots, checked.built_again) == (2, 2)
    assert checked.broken == []
    assert checked.unexplained == [kept[0]]
    forged = json.loads(snapshots.text_of(kept[1]))
    forged["figures"]["sessions"]["value"] = 1_000
    text = snapshots.canonical(forged)
    made = snapshots.keep(
        text, unit=province.education, report=reports[1], occasion=APPROVED, by=None
    )
    assert verifying.verify_all(against_records=False).broken == [made]
    with pytest.raises(CommandError):
        call_command("verify_snapshots", stdout=StringIO())


def test_a_frozen_report_opens_years_later_after_its_unit_was_merged(report, province, lan):
    """Names come from the frozen text, and a unit that has a report cannot be taken away."""
    ReportText.objects.create(report=report, section="I", text="Đã mở ba lớp học.")
    report.cycle.template.sections.create(position=1, code="I", title_vi="Kết quả")
    snapshot = snapshots.freeze(report, APPROVED, lan.user)
    address = reverse("snapshots:detail", args=[snapshot.pk])
    book = lan.client.get(address, {"format": "xlsx"}).content
    UnitSuccession.unscoped.create(
        predecessor=province.an_hoa, successor=province.binh_minh,
        effective_on=date(2026, 7, 1), extent="whole", is_default=True,
    )  # fmt: skip
    Unit.unscoped.filter(pk=province.an_hoa.pk).update(
        name="Xã Đổi Tên", short_name="Đổi Tên", valid_to=date(2026, 6, 30)
    )
    page = lan.client.get(address, {"verify": 1}).content.decode()
    for words in ("Xã An Hoà", "Đã mở ba lớp học.", "Kết quả", snapshot.sha256, "từng byte"):
        assert words in page
    assert "Xã Đổi Tên" not in page.split("<main")[1].split("</nav>")[-1]
    with pytest.raises(ProtectedError):
        province.an_hoa.delete()
    with time_machine.travel(datetime(2031, 5, 5, 9, 0, tzinfo=UTC)):
        lan.client.force_login(lan.user, backend="django.contrib.auth.backends.ModelBackend")
        assert lan.client.get(address, {"format": "xlsx"}).content == book
