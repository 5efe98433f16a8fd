"""Mộc Sơn 2025: a conference of a ward of Sơn La on health insurance, VNeID and fraud.

Provenance: a national feature of 7 October 2025. Of the feature: the conference was held on
4 October 2025; it spoke of integrating the health-insurance card, activating VNeID, and deceit by
false calls and messages.
"""

from __future__ import annotations

from datetime import date

from classes.models import TrainingClass
from reporting.demo.stage import Stage

PROVINCE = "14"
MOC_SON = "03979"
HELD_ON = date(2025, 10, 4)


def play(stage: Stage) -> None:
    """One conference, and guidance at tables beside it."""
    ward = stage.commune(MOC_SON)
    stage.activity(
        "conference",
        ward,
        "Hội nghị tích hợp thẻ bảo hiểm y tế, kích hoạt VNeID và phòng, chống lừa đảo",
        HELD_ON,
        place=ward,
        people=150,
        audiences=["residents", "elderly"],
        topic="ehealth",
        venue="Hội trường UBND phường Mộc Sơn",
    )
    stage.training(
        ward,
        "Bàn hướng dẫn bảo hiểm y tế, VNeID, an toàn mạng",
        [HELD_ON],
        topic="ehealth",
        other_topics=["vneid", "online_safety"],
        audience="residents",
        place=ward,
        counts=[86],
        form=TrainingClass.Form.SUPPORT,
    )
