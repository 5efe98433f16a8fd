"""Lâm Đồng 2025: a launch with a hall and 124 connected places, and an AI class of a ward.

Provenance: press reports on the launch of 14 August 2025. Figures of the reports: the hall and
124 communes, wards and special zones connected; more than 100 officials in the AI class that the
people's committee of Phan Thiết ward held for its own staff, kept as 100 "at least".
"""

from __future__ import annotations

from datetime import date

from activities.models import Activity, ActivitySite
from campaign.models import AgeBand, Mode
from classes.models import TrainingClass
from reporting.demo.crowds import Crowd
from reporting.demo.stage import Stage
from units.models import Unit

PROVINCE = "68"
LAUNCHED_ON = date(2025, 8, 14)
SITES, OFFICIALS = 124, 100
PHAN_THIET = "22945"
STAFF = Crowd(women=0.55, minority=0.04, ages=((AgeBand.FROM_25, 0.7), (AgeBand.FROM_45, 0.3)))


def play(stage: Stage) -> None:
    """Launch the movement; then one ward trains its officials."""
    partners = [
        stage.body("VIETTEL", Unit.Kind.ENTERPRISE, "Viettel Lâm Đồng", "Viettel"),
        stage.body("VNPT", Unit.Kind.ENTERPRISE, "Viễn thông Lâm Đồng", "VNPT"),
    ]
    science = stage.body("SKHCN", Unit.Kind.DEPARTMENT, "Sở Khoa học và Công nghệ", "Sở KH&CN")
    launch = stage.activity(
        "launch",
        science,
        "Lễ phát động phong trào “Bình dân học vụ số”",
        LAUNCHED_ON,
        people=210,
        crowd=STAFF,
        audiences=["officials", "civil_servants", "residents"],
        topic="digital_transformation_awareness",
        mode=Mode.BLENDED,
        chaired_by="Chủ tịch UBND tỉnh",
    )
    stage.book.link(Activity.co_organisers, launch, partners)
    for commune in stage.communes:
        stage.book.add(
            ActivitySite(activity=launch, unit=commune, people=stage.random.randint(15, 60))
        )
    stage.activity(
        "handbook_distribution",
        science,
        "Phát hành cẩm nang “Bình dân học vụ số”",
        LAUNCHED_ON,
        topic="digital_transformation_awareness",
        extra={"copies": 5000, "document": "Cẩm nang kỹ năng số", "form": "both"},
    )
    ward = stage.commune(PHAN_THIET)
    stage.training(
        ward,
        "Ứng dụng trí tuệ nhân tạo cho cán bộ, công chức phường",
        [date(2025, 8, 21)],
        topic="ai",
        audience="civil_servants",
        place=ward,
        counts=[OFFICIALS],
        crowd=STAFF,
        venue_kind=TrainingClass.VenueKind.COMMUNE_HALL,
        is_at_least=True,
    )
