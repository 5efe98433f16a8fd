"""A paper and its annexes as plain JSON and back: what a locked version keeps of its documents."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.compiled.annex_pages import Sheet
from reporting.documents import annexes, official

KINDS = {
    kind.__name__: kind
    for kind in (
        annexes.Annex, annexes.AnnexGroup, annexes.AnnexUnit, annexes.Figures, annexes.Measure,
        annexes.Part, annexes.Ratio, official.Heading, official.Letterhead,
        official.OfficialReport, official.PaperAnnex, official.Paragraph, official.Run,
        official.Signature, official.Table, official.TableColumn, Sheet,
    )
}  # fmt: skip
"""Every kind of value a document is made of, by the name it is kept under."""


def frozen(value: Any) -> Any:
    """A value as JSON: a record under the name of its kind, numbers exact, days as ISO text."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: frozen(getattr(value, one.name)) for one in fields(value)}
        return {"is": type(value).__name__} | parts
    if isinstance(value, (list, tuple)):
        return [frozen(one) for one in value]
    if isinstance(value, dict):
        return {"is": "map", "of": {key: frozen(one) for key, one in value.items()}}
    if isinstance(value, Decimal):
        return {"is": "number", "of": str(value)}
    if isinstance(value, date):
        return {"is": "day", "of": value.isoformat()}
    return value


def thawed(kept: Any) -> Any:
    """The value again; lists come back as tuples."""
    if isinstance(kept, list):
        return tuple(thawed(one) for one in kept)
    if not isinstance(kept, dict):
        return kept
    kind = kept["is"]
    if kind == "map":
        return {key: thawed(one) for key, one in kept["of"].items()}
    if kind == "number":
        return Decimal(kept["of"])
    if kind == "day":
        return date.fromisoformat(kept["of"])
    parts = {name: thawed(one) for name, one in kept.items() if name != "is"}
    return KINDS[kind](**parts)
