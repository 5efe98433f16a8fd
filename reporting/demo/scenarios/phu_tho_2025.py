"""Phú Thọ 2025: Vân Bán, one commune out of three, goes to every alley.

Provenance: a national feature of 7 October 2025. Of the feature: the commune was formed of Văn Bán,
Tam Sơn and Tùng Khê and has about 16,000 people; conferences and trainings at the end of September
and in early October; people of Đồng Rào, Dùng, Gò Chàm and Nương Sơn instructed for the first
time; a thematic conference of the Party cell of the people's committee; after three months all
administrative documents, except confidential ones, processed and signed online.
"""

from __future__ import annotations

from datetime import date

from campaign.models import Presence
from campaign.periods import Kind, Period
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from reporting.demo.declared import add_declared
from reporting.demo.names import keys_of
from reporting.demo.stage import Stage
from units.models import Unit

PROVINCE = "25"
VAN_BAN = "08377"
POPULATION = 16_000
HAMLETS = ("Đồng Rào", "Dùng", "Gò Chàm", "Nương Sơn")
LEARNERS = 18
#: invented: the feature says 100%, not of how many
DOCUMENTS = 1_240
WINDOW = (date(2025, 9, 25), date(2025, 10, 6))


def play(stage: Stage) -> None:
    """Ten days of conferences, doors and first lessons."""
    commune = stage.commune(VAN_BAN)
    stage.profile(commune, POPULATION, households=4300)
    hamlets = stage.hamlets(commune, Unit.Kind.KHU, "Khu", HAMLETS)
    teams = stage.teams(hamlets, members=7, founded=date(2025, 8, 5))
    stage.activity(
        "conference",
        commune,
        "Hội nghị tập huấn kỹ năng số cho cán bộ, công chức",
        WINDOW[0],
        place=commune,
        people=64,
        audiences=["officials", "civil_servants"],
        topic="ai",
    )
    stage.activity(
        "conference",
        commune,
        "Hội nghị hướng dẫn kỹ năng số cho người dân",
        date(2025, 10, 2),
        place=commune,
        people=120,
        audiences=["residents"],
        topic="online_public_services",
    )
    stage.activity(
        "thematic_party_cell_conference",
        commune,
        "Sinh hoạt chuyên đề chi bộ UBND xã",
        date(2025, 9, 30),
        place=commune,
        people=31,
        audiences=["party_members"],
        topic="document_management",
        chaired_by="Bí thư chi bộ, Phó Chủ tịch UBND xã",
        extra={"party_cell": "Chi bộ UBND xã Vân Bán"},
    )
    add_declared(
        stage.book,
        commune,
        "documents_online",
        Period.of(Kind.QUARTER, 2025, 3),
        DOCUMENTS,
        "Bài báo ngày 07/10/2025",
        denominator=DOCUMENTS,
        note="Sau 3 tháng vận hành chính quyền địa phương hai cấp; không tính văn bản mật.",
    )
    for n, (hamlet, team) in enumerate(zip(hamlets, teams, strict=True)):
        stage.activity(
            "door_to_door",
            commune,
            f"“Đi từng ngõ, gõ từng nhà” – {hamlet.name}",
            date(2025, 9, 27),
            place=hamlet,
            team=team,
            households_visited=60 + n,
            households_reached=48 + n,
            topic="online_public_services",
        )
        lesson = stage.training(
            commune,
            f"Nộp hồ sơ trực tuyến, thanh toán không tiền mặt – {hamlet.name}",
            [date(2025, 10, 1 + n)],
            topic="online_public_services",
            audience="residents",
            other_topics=["cashless_payment"],
            place=hamlet,
            team=team,
            counting=TrainingClass.Counting.ROSTER,
        )
        _first_timers(stage, lesson, hamlet)


def _first_timers(stage: Stage, lesson: TrainingClass, hamlet: Unit) -> None:
    """People who had never been to a class: this is the only one they are on the roster of."""
    session = stage.book.rows[ClassSession][-1]
    for n in range(LEARNERS):
        sex = "fm"[n % 2]
        name = stage.names.person(sex)
        search_key, sort_key = keys_of(name)
        person = stage.book.add(
            Participant(
                unit=lesson.unit,
                full_name=name,
                sex=sex,
                birth_year=1948 + 2 * n,
                hamlet=hamlet,
                minority=Presence.NO,
                audience=stage.audiences["residents"],
                is_demo=True,
                search_key=search_key,
                sort_key=sort_key,
            )
        )
        enrolment = stage.book.add(
            Enrolment(training_class=lesson, participant=person, completed_on=session.held_on)
        )
        stage.book.add(Attendance(session=session, enrolment=enrolment))
