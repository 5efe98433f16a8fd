"""Hà Nội 2025: Đại Xuyên trains 46 teams and stands 15th of 126 in the city's index.

Provenance: a national feature of 7 October 2025. Figures of the feature: 46 teams trained; place
15 of the 126 communes and wards in the index of administrative services as of 31 August 2025.
"""

from __future__ import annotations

from datetime import date

from activities.models import Activity
from reporting.demo.stage import Stage
from reporting.models import ExternalRanking
from units.models import Unit

PROVINCE = "01"
DAI_XUYEN = "10342"
TEAMS = 46
RANK, COMMUNES = 15, 126
AS_OF = date(2025, 8, 31)


def play(stage: Stage) -> None:
    """Train the teams, teach what the city's people use, note the ranking."""
    commune = stage.commune(DAI_XUYEN)
    names = [f"{side} {n}" for n in range(1, TEAMS // 2 + 1) for side in ("Đại", "Xuyên")]
    hamlets = stage.hamlets(commune, Unit.Kind.THON, "Thôn", names)
    teams = stage.teams(hamlets, members=6, founded=date(2025, 7, 20))
    training = stage.activity(
        "team_training",
        commune,
        "Tập huấn Tổ công nghệ số cộng đồng xã Đại Xuyên",
        date(2025, 9, 10),
        place=commune,
        people=184,
        audiences=["team_members"],
        topic="vneid",
    )
    stage.book.link(Activity.teams_trained, training, teams)
    lessons = (
        ("Sử dụng ứng dụng iHanoi", "local_super_app", 44),
        ("Định danh điện tử VNeID", "vneid", 52),
        ("Nộp thuế đất phi nông nghiệp 2025 qua eTax Mobile", "etax_mobile", 61),
    )
    for n, (title, topic, people) in enumerate(lessons):
        stage.training(
            commune,
            title,
            [date(2025, 9, 16 + n)],
            topic=topic,
            audience="residents",
            place=hamlets[n],
            counts=[people],
            team=teams[n],
        )
    stage.book.add(
        ExternalRanking(
            unit=commune,
            rank=RANK,
            of=COMMUNES,
            as_of=AS_OF,
            source="Bài báo ngày 07/10/2025",
            indicator_name_vi="Chỉ số phục vụ người dân và doanh nghiệp",
            indicator_name_en="Administrative service index",
        )
    )
