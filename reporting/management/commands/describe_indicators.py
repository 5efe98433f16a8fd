"""Write docs/indicators.md from the register of indicators."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from reporting.indicators import ALL, KIND_LABELS, Group, Indicator

HEAD = """\
# What every number means

Written by `manage.py describe_indicators` from `reporting/indicators.py`; change it there.

Every figure counts for the unit that answers for a record (*by organising unit*) or for the place
where it was held (*by place*); the province has the same total either way. A unit that recorded
nothing at all in a period shows a dash, not a zero.
"""


class Command(BaseCommand):
    help = "Write docs/indicators.md; with --check, fail if it is not up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "indicators.md"
        text = described()
        if not options["check"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError("docs/indicators.md is out of date: run describe_indicators.")


def described() -> str:
    """The whole page, in English."""
    with translation.override("en"):
        parts = [HEAD]
        for group in Group:
            parts.append(f"\n## {group.label}\n")
            parts += [_section(one) for one in ALL if one.group == group]
    return "".join(parts)


def _section(one: Indicator) -> str:
    lines = [
        f"\n### {one.label}\n",
        f"`{one.code}` · {one.noun} · {str(KIND_LABELS[one.kind]).lower()}\n",
        f"{one.meaning}\n",
        f"- Counted from: {one.source}",
        f"- Day: {one.dated}",
    ]
    if one.dims:
        lines.append(f"- By: {', '.join(str(dim.label).lower() for dim in one.dims)}")
    if one.sum_of:
        lines.append(f"- Adds up: {', '.join(f'`{code}`' for code in one.sum_of)}")
    if one.is_ratio:
        per = f"`{one.numerator}` ÷ `{one.denominator}` × {one.per:,}"
        lines.append(f"- Ratio: {per}")
    return "\n".join(lines) + "\n"
