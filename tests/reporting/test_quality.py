"""Quality: rates of what was handed in, and gaps whose number is the number of rows to put right."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity, ActivityHeadcount, ActivityType
from campaign.periods import Kind, Period, today
from classes.models import ClassSession, Participant, SessionHeadcount, TrainingClass
from reporting.models import DeclaredFigure, Report, ReportingCycle, ReportTemplate
from reporting.quality.issues import ISSUES, unknown_share
from reporting.quality.rates import Rate, rates_by, reports_of
from units.models import CommunityTeam, Unit


def gaps(province: SimpleNamespace, words: SimpleNamespace, unit: Unit, hamlet: Unit) -> None:
    """One or two gaps of each kind in a commune."""
    day = today()
    common = {
        "unit": unit, "topic": words.vneid, "audience": words.elderly,
        "starts_on": day - timedelta(days=9),
    }  # fmt: skip
    bare, taught = (
        TrainingClass.unscoped.create(code=f"{unit.pk}-{n}", title=f"Lớp {n}", **common)
        for n in range(2)
    )
    assert bare.pk
    for number, status in ((1, "planned"), (2, "planned"), (3, "held")):
        session = ClassSession.unscoped.create(
            training_class=taught, number=number, status=status,
            held_on=day - timedelta(days=5 - number),
        )  # fmt: skip
    SessionHeadcount.unscoped.create(session=session, sex="f", people=30)
    kind, _made = ActivityType.objects.get_or_create(
        code="x", defaults={"name_vi": "X", "name_en": "X", "counts_as": "other"}
    )
    activity = Activity.unscoped.create(
        unit=unit, type=kind, title="Ra quân", starts_on=day - timedelta(days=3)
    )
    ActivityHeadcount.unscoped.create(activity=activity, sex="f", age_band="25-44", people=90)
    Participant.unscoped.create(unit=unit, full_name="Lê Thị Mai")
    CommunityTeam.unscoped.create(unit=hamlet, name="Tổ", founded_on=date(2025, 7, 1))


def owed(province: SimpleNamespace, **states: str) -> ReportingCycle:
    """Last month's reports: by unit, the state each is in."""
    period = Period.containing(today(), Kind.MONTH).previous()
    template = ReportTemplate.unscoped.create(
        unit=province.root, code="m", name_vi="Báo cáo tháng", frequency="month",
        starts_on=period.start, levels=["commune"], is_active=False,
        declared=["platform_accounts", "digital_signatures", "vneid_level_2"],
    )  # fmt: skip
    due_at = timezone.now() - timedelta(days=2)
    cycle = ReportingCycle.unscoped.create(
        template=template, unit=province.root, scheme=period.scheme, period=period.code,
        starts_on=period.start, ends_on=period.end, due_at=due_at,
    )  # fmt: skip
    for name, state in states.items():
        at = None if state == "open" else due_at - timedelta(hours=1)
        if state == "late":
            state, at = "approved", due_at + timedelta(hours=1)
        Report.unscoped.create(
            cycle=cycle, unit=getattr(province, name), state=state, due_at=due_at, since=due_at,
            first_submitted_at=at,
        )  # fmt: skip
    return cycle


def test_each_line_counts_exactly_the_rows_it_leads_to(
    province: SimpleNamespace, words: SimpleNamespace, hoa: SimpleNamespace
) -> None:
    gaps(province, words, province.an_hoa, province.hoa_ut)
    gaps(province, words, province.binh_minh, province.khom_mot)
    owed(province, an_hoa="open", binh_minh="open")
    page = hoa.client.get(f"/reporting/quality/{province.an_hoa.pk}/")
    found = {line.title: line for line in page.context["lines"]}
    assert {line.icon: line.count for line in found.values()} == {
        "calendar-clock": 1, "clipboard-list": 3, "calendar-x": 2, "calendar-plus": 1,
        "paperclip": 1, "users": 1, "house": 2, "user": 1, "user-x": 1,
    }  # fmt: skip
    for line in found.values():
        listed = hoa.client.get(line.url)
        assert listed.context["page"].paginator.count == line.count, line.title
        assert all(row.url.startswith("/") for row in listed.context["rows"])
        assert str(line.count) in line.sentence


def test_who_counts_heads_without_sex_or_age_is_told_the_share(
    province: SimpleNamespace, words: SimpleNamespace
) -> None:
    gaps(province, words, province.an_hoa, province.hoa_ut)
    found = unknown_share(province.an_hoa)
    assert (found.people, found.unknown, found.share) == (120, 30, 25.0)
    assert unknown_share(province.binh_minh).share is None


def test_numbers_are_for_everybody_in_view_and_people_for_their_own_officers(
    province: SimpleNamespace,
    words: SimpleNamespace,
    hoa: SimpleNamespace,
    bao: SimpleNamespace,
    lan: SimpleNamespace,
) -> None:
    gaps(province, words, province.an_hoa, province.hoa_ut)
    own = f"/reporting/quality/{province.an_hoa.pk}/"
    lines = {line.icon: line for line in lan.client.get(own).context["lines"]}
    assert (lines["user"].count, lines["user"].url) == (1, "")
    assert lan.client.get(f"{own}birth_year/").status_code == 404
    assert "Lê Thị Mai" in hoa.client.get(f"{own}birth_year/").content.decode()
    assert bao.client.get(own).status_code == 404
    assert bao.client.get(f"{own}evidence/").status_code == 404
    assert hoa.client.get("/reporting/quality/").url == own
    assert hoa.client.get(f"{own}nonsense/").status_code == 404


def test_rates_are_of_what_was_due_and_do_not_ask_how_figures_came(
    province: SimpleNamespace, lan: SimpleNamespace
) -> None:
    cycle = owed(province, an_hoa="approved", binh_minh="late", education="open")
    rows = reports_of(lan.access)
    found = rates_by(rows, "unit")
    assert found[province.an_hoa.pk] == Rate(1, 1, 1, 0)
    assert found[province.binh_minh.pk] == Rate(1, 1, 0, 0)
    assert found[province.education.pk] == Rate(1, 0, 0, 1)
    whole = rates_by(rows, "cycle")[cycle.pk]
    assert whole == Rate(3, 2, 1, 1)
    assert (round(whole.completeness or 0, 1), round(whole.timeliness or 0, 1)) == (66.7, 33.3)
    assert Rate().completeness is None
    figure = DeclaredFigure(  # as an import leaves it
        unit=province.an_hoa, indicator="platform_accounts", scheme=cycle.scheme,
        period=cycle.period, value=5, source="Tệp nhập",
    )  # fmt: skip
    figure.clean()
    figure.save()
    assert rates_by(reports_of(lan.access), "unit") == found


def test_a_report_that_is_not_due_yet_is_in_no_rate(
    province: SimpleNamespace, lan: SimpleNamespace
) -> None:
    owed(province, an_hoa="open")
    Report.unscoped.update(due_at=timezone.now() + timedelta(days=3))
    assert rates_by(reports_of(lan.access), "unit")[province.an_hoa.pk] == Rate(0, 0, 0, 0)


def test_the_province_is_sorted_by_any_column_at_a_constant_cost(
    province: SimpleNamespace, words: SimpleNamespace, lan: SimpleNamespace
) -> None:
    gaps(province, words, province.binh_minh, province.khom_mot)
    owed(province, an_hoa="open", binh_minh="approved")

    def order(sort: str) -> list[str]:
        page = lan.client.get("/reporting/quality/", {"sort": sort})
        return [row.unit.short_name for row in page.context["found"].rows]

    assert order("-total")[0] == order("-evidence")[0] == "Bình Minh"
    assert order("complete")[0] == order("-overdue")[0] == order("unit")[0] == "An Hoà"
    rows = lan.client.get("/reporting/quality/").context["found"].rows
    by_unit = {row.unit.short_name: row.gaps for row in rows}
    for issue in ISSUES:
        for unit in (province.an_hoa, province.binh_minh):
            assert by_unit[unit.short_name][issue.key] == issue.of(unit).count(), issue.key
    with CaptureQueriesContext(connection) as few:
        lan.client.get("/reporting/quality/")
    Unit.plant_many(
        Unit(
            parent=province.root, level="commune", kind="commune", code=f"4{n:04}",
            code_system="QD19/2025", name=f"Xã {n}",
        )
        for n in range(30)
    )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        lan.client.get("/reporting/quality/")
    assert len(many) == len(few)
    book: Any = lan.client.get("/reporting/quality/?format=xlsx")
    assert book.content[:2] == b"PK"
