"""How people who came are spread over the cross-tab: sex, age, ethnic minority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from campaign.models import AgeBand, Audience, Presence, Sex
from reporting.demo.sums import shares

PUPILS = ((AgeBand.UNDER_16, 0.35), (AgeBand.FROM_16, 0.65))
ADULTS = ((AgeBand.FROM_16, 0.16), (AgeBand.FROM_25, 0.46), (AgeBand.FROM_45, 0.38))
ELDERS = ((AgeBand.FROM_45, 0.25), (AgeBand.FROM_60, 0.75))


@dataclass(frozen=True)
class Crowd:
    """What a gathering is made of, in shares."""

    women: float = 0.54
    minority: float = 0.03
    elderly: float = 0.07
    ages: tuple[tuple[AgeBand, float], ...] = ADULTS

    def cells(
        self, random: Random, total: int, audience: Audience | None = None
    ) -> Iterator[dict[str, Any]]:
        """Cells that add up to ``total``, the empty ones left out."""
        ages = self.ages
        if ages is ADULTS:
            ages = (*ages, (AgeBand.FROM_60, self.elderly))
        tilt = random.uniform(0.8, 1.2)
        women = min(0.95, self.women * tilt)
        minority = min(0.97, self.minority * random.uniform(0.7, 1.3))
        by_sex = shares(total, (women, 1 - women))
        for sex, people in zip((Sex.FEMALE, Sex.MALE), by_sex, strict=True):
            if not people:
                continue
            of_minority, others = shares(people, (minority, 1 - minority))
            counts = [(Presence.YES, random.choice(ages)[0], of_minority)]
            spread = shares(others, [weight for _band, weight in ages])
            counts += [
                (Presence.NO, band, part) for (band, _w), part in zip(ages, spread, strict=True)
            ]
            for presence, band, part in counts:
                if part:
                    yield {
                        "audience": audience,
                        "sex": sex.value,
                        "age_band": band.value,
                        "minority": presence.value,
                        "people": part,
                    }
