"""What pages of records say of closed periods."""

from __future__ import annotations

from typing import Any

from django import template

from reporting.models import Amendment

register = template.Library()


@register.inclusion_tag("closing/_amended.html", takes_context=True)
def amended_note(context: template.Context, record: Any) -> dict[str, Any]:
    """``{% amended_note record %}``: that a record was changed after its period was approved."""
    request = context["request"]
    rows = Amendment.objects.within(request.access.view).filter(
        model=record._meta.label_lower, record_id=record.pk
    )
    return {"amendment": rows.select_related("by").order_by("-at", "-pk").first()}
