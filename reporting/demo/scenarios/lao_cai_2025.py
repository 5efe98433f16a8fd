"""Lào Cai 2025: Bảo Hà trains 72 teams at once; police and H'Mông learners among the people.

Provenance: a national feature of 7 October 2025 that visits several communes. Figure of the
feature: an intensive course for 72 community digital technology teams in the commune's hall.
"""

from __future__ import annotations

from datetime import date

from activities.models import Activity
from campaign.models import Presence
from classes.models import Attendance, ClassSession, Enrolment, Participant, TrainingClass
from reporting.demo.crowds import Crowd
from reporting.demo.names import keys_of
from reporting.demo.stage import Stage
from units.models import Unit

PROVINCE = "15"
BAO_HA = "02989"
TEAMS = 72
HMONG_LEARNERS = 12
TRAINED_ON = date(2025, 9, 27)
HIGHLANDERS = Crowd(women=0.5, minority=0.6, elderly=0.05)


def play(stage: Stage) -> None:
    """Train the teams, then guide residents with the commune's police."""
    commune = stage.commune(BAO_HA)
    names = [
        f"{side} {n}"
        for n in range(1, TEAMS // 4 + 1)
        for side in ("Bảo", "Liên Hà", "Kim Sơn", "Cam")
    ]
    hamlets = stage.hamlets(commune, Unit.Kind.THON, "Thôn", names)
    teams = stage.teams(hamlets, members=5, founded=date(2025, 7, 25))
    police = stage.body(
        "CA-BAOHA", Unit.Kind.POLICE, "Công an xã Bảo Hà", "Công an xã Bảo Hà", commune
    )
    course = stage.activity(
        "team_training",
        commune,
        "Tập huấn chuyên sâu Tổ công nghệ số cộng đồng xã Bảo Hà",
        TRAINED_ON,
        place=commune,
        people=310,
        crowd=HIGHLANDERS,
        audiences=["team_members", "residents"],
        topic="vneid",
        venue="Hội trường UBND xã Bảo Hà",
    )
    stage.book.link(Activity.teams_trained, course, teams)
    stage.book.link(Activity.co_organisers, course, [police])
    guided = stage.training(
        commune,
        "Lấy lại mật khẩu VNeID, đăng ký tạm trú trực tuyến",
        [TRAINED_ON],
        topic="vneid",
        other_topics=["residence_registration"],
        audience="residents",
        place=commune,
        form=TrainingClass.Form.SUPPORT,
        trainers=police.name,
        counting=TrainingClass.Counting.ROSTER,
    )
    stage.book.link(TrainingClass.co_organisers, guided, [police])
    _learners(stage, guided, hamlets[0])


def _learners(stage: Stage, guided: TrainingClass, hamlet: Unit) -> None:
    session = stage.book.rows[ClassSession][-1]
    for n in range(HMONG_LEARNERS):
        sex = "fm"[n % 2]
        name = stage.names.person(sex, "hmong")
        search_key, sort_key = keys_of(name)
        person = stage.book.add(
            Participant(
                unit=guided.unit,
                full_name=name,
                sex=sex,
                birth_year=1960 + 3 * n,
                hamlet=hamlet,
                minority=Presence.YES,
                audience=stage.audiences["residents"],
                is_demo=True,
                search_key=search_key,
                sort_key=sort_key,
            )
        )
        enrolment = stage.book.add(Enrolment(training_class=guided, participant=person))
        stage.book.add(Attendance(session=session, enrolment=enrolment))
