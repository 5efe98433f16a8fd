"""The text of a snapshot, to the byte: the same in every database, today and in ten years.

A red test here means that snapshots are written otherwise than before. Those that were kept must
still be read and built again: count ``content.FORMAT`` up, and teach the readers both forms.
"""

from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from activities.models import Activity, ActivityHeadcount, ActivityType
from campaign.models import Audience, Topic
from classes.models import (
    Attendance,
    ClassSession,
    Enrolment,
    Participant,
    SessionHeadcount,
    TrainingClass,
)
from reporting.closing import snapshots
from reporting.models import DeclaredFigure, Report, ReportingCycle, ReportTemplate, ReportText
from units.models import CommunityTeam, Unit, UnitProfile

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 16, 8, 30, tzinfo=UTC)
DAY = date(2026, 1, 5)
KNOWN = "b986c3a46d2b1e349f332651eb6563e5b3ff3b44168b39adae58d29fa85f07ab"


def put(model, pk, **values):
    """A row under a known id, entered at a known moment."""
    row = model(pk=pk, **values)
    row.save(force_insert=True)
    if hasattr(row, "created_at"):
        model._base_manager.filter(pk=pk).update(created_at=AT)
    return row


def test_a_known_report_gives_a_known_text():
    province = put(Unit, 9000001, level="province", kind="province", code="91", path="9000001",
                   name="Tỉnh An Giang", short_name="An Giang", valid_from=date(2025, 7, 1))  # fmt: skip
    commune = put(Unit, 9000002, level="commune", kind="commune", code="30958", parent=province,
                  path="90000019000002", name="Xã Định Hòa", short_name="Định Hòa",
                  valid_from=date(2025, 7, 1))  # fmt: skip
    put(UnitProfile, 9000001, unit=commune, year=2025, population=12_345, is_border=True)
    audience = put(
        Audience, 9001, code="x1", name_vi="Người cao tuổi", name_en="Elderly", group="adults"
    )
    topic = put(Topic, 9001, code="x1", name_vi="Dịch vụ công", name_en="Public services")
    kind = put(ActivityType, 9001, code="x1", name_vi="Tuyên truyền", name_en="Talk",
               counts_as="communication")  # fmt: skip
    put(CommunityTeam, 9001, unit=commune, name="Tổ “Hòa Út”", founded_on=date(2025, 8, 1))
    held = put(TrainingClass, 9001, unit=commune, code="L9001", title="Lớp của bà Tư", topic=topic,
               audience=audience, starts_on=DAY, mode="blended")  # fmt: skip
    session = put(ClassSession, 9001, training_class=held, number=1, held_on=DAY, status="held")
    put(SessionHeadcount, 9001, session=session, people=20, sex="f", age_band="60+")
    for pk, born in ((9003, 1950), (9001, None)):
        person = put(
            Participant, pk, unit=commune, full_name="Lê Thị Mai", sex="f", birth_year=born
        )
        enrolment = put(Enrolment, pk, training_class=held, participant=person, completed_on=DAY)
        put(Attendance, pk, session=session, enrolment=enrolment)
    done = put(Activity, 9001, unit=commune, type=kind, title="Ra quân", starts_on=DAY, mode="in_person",
               households_visited=7, households_reached=5)  # fmt: skip
    put(ActivityHeadcount, 9001, activity=done, people=100)
    template = put(ReportTemplate, 9001, unit=province, code="thang", name_vi="Báo cáo tháng",
                   name_en="Monthly report", frequency="month", starts_on=date(2025, 7, 1),
                   indicators=["teams", "classes", "attendances", "roster_share", "people",
                               "people_completed", "attendances_per_1000", "communication_reach",
                               "households_reached_share", "solutions"],
                   declared=["platform_accounts"])  # fmt: skip
    template.sections.create(position=1, code="I", title_vi="Kết quả", title_en="Results")
    cycle = put(ReportingCycle, 9001, template=template, unit=province, scheme="admin",
                period="2026-M01", starts_on=date(2025, 12, 15), ends_on=date(2026, 1, 14),
                due_at=AT)  # fmt: skip
    report = put(Report, 9001, cycle=cycle, unit=commune, due_at=AT, since=AT,
                 explanations={"jump:classes": "Tháng trước nghỉ lũ."})  # fmt: skip
    ReportText.objects.create(report=report, section="I", text="Đã mở 1 lớp.\n“Tốt”.")
    put(DeclaredFigure, 9001, unit=commune, indicator="platform_accounts", period="2026-M01",
        starts_on=date(2025, 12, 15), ends_on=date(2026, 1, 14), value=1_948, source="VNPT")  # fmt: skip
    text = snapshots.build(report)
    assert sha256(text).hexdigest() == KNOWN, text.decode()
