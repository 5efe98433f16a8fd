"""An Giang: 1,035 community technology teams with 7,991 members, one for every hamlet.

Provenance: a report of the ministry's site in autumn 2025 from Hòa Út hamlet of Định Hòa commune,
where more than 99 in 100 people are Khmer. Figures of the report: more than 1,035 teams, 7,991
members, every commune and hamlet covered. The large demonstration holds the same teams.
"""

from __future__ import annotations

from datetime import date

from classes.models import TrainingClass
from reporting.demo import land
from reporting.demo.crowds import Crowd
from reporting.demo.stage import Stage
from reporting.demo.teams import Teams

PROVINCE = "91"
KHMER = Crowd(women=0.6, minority=0.95, elderly=0.1)


def play(stage: Stage) -> None:
    """Found the teams, and teach one evening in Hòa Út."""
    province = land.survey(stage.root, stage.random)
    land.settle_hamlets(province, stage.names, stage.random, size=1)
    land.found_bodies(province)
    land.count_people(province, stage.book, stage.random)
    Teams(stage.book, stage.names, stage.random, date(2025, 12, 1)).found(province)
    dinh_hoa = province.area("Định Hòa")
    hoa_ut = next(hamlet for hamlet in dinh_hoa.hamlets if hamlet.short_name == "Hòa Út")
    evening = stage.training(
        dinh_hoa.commune,
        f"Bán hàng trên Zalo, Facebook – {hoa_ut.name}",
        [date(2025, 10, 3)],
        topic="social_networks",
        audience="residents",
        place=hoa_ut,
        counts=[38],
        crowd=KHMER,
        form=TrainingClass.Form.SUPPORT,
        team=dinh_hoa.teams[hoa_ut.pk],
        venue_kind=TrainingClass.VenueKind.CULTURE_HOUSE,
    )
    stage.book.link(TrainingClass.co_organisers, evening, [province.bodies["TD"]])
