"""The portal's own template words. They are built in: no ``{% load %}`` is needed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, BoundField, widgets
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from campaign.portal import charts, icons
from campaign.portal.addresses import written
from campaign.portal.figures import NOTHING, as_decimal, delta, num, pct

register = template.Library()

STATUS_ICONS = {
    "ok": "check",
    "warn": "triangle-alert",
    "err": "circle-alert",
    "info": "clock",
    "mute": "circle",
}


# --- Pictures and words -----------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """``{% icon "bell" %}``, ``{% icon "bell" "i-s" %}`` (14 px) or ``"i-l"`` (20 px)."""
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f"i {size}".strip(),
        static("icons.svg"),
        icons.resolve(name),
    )


@register.simple_tag
def tag(status: str, label: str, icon_name: str = "") -> SafeString:
    """A state: colour, icon and word together. ``status`` is ok, warn, err, info or mute."""
    if status not in STATUS_ICONS:
        raise ValueError(f"A tag is one of {', '.join(STATUS_ICONS)}, not {status!r}.")
    return format_html(
        '<span class="tag t-{}">{}{}</span>', status, icon(icon_name or STATUS_ICONS[status]), label
    )


register.filter("num", num)
register.filter("pct", pct)
register.filter("delta", delta)


@register.filter
def figure(value: Any) -> str:
    """A cell of a chart's table: numbers are written, words stay words."""
    if value is None:
        return NOTHING
    number = as_decimal(value)
    if number is None:
        return str(value)
    return num(number, 0 if number == number.to_integral_value() else 1)


@register.filter
def updown(value: Any) -> str:
    """The class for a difference: ``up``, ``dn`` or nothing."""
    number = as_decimal(value)
    if not number:
        return ""
    return "up" if number > 0 else "dn"


@register.filter
def dayshort(value: date | datetime | None) -> str:
    """A day on a calendar of classes: ``Wed 14/01``."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    names = (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )
    return f"{names[value.weekday()]} {value:%d/%m}"


@register.filter
def initials(name: str | None) -> str:
    """The letters in the round badge: Nguyễn Văn Phước is NP."""
    words = str(name or "").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def undo_url(message: Any) -> str:
    """Where a message's undo button posts to: added with ``extra_tags="undo:/address/"``."""
    for word in str(getattr(message, "extra_tags", "") or "").split():
        if word.startswith("undo:/") and not word.startswith("undo://"):
            return word.removeprefix("undo:")
    return ""


# --- Addresses --------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """This page's query string with some keys replaced: always in the same order, without blanks.

    Changing anything but the page goes back to the first page. ``None`` or ``""`` removes a key.
    """
    request = context.get("request")
    now = dict(request.GET.lists()) if request else {}
    if "page" not in changes:
        now.pop("page", None)
    # beside a saved view a blank key takes a condition of the view away: it must not get lost
    blank = [key for key in now if key not in changes] if now.get("view") else []
    return f"?{written(now | changes, keep=blank)}"


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pager(context: template.Context, page: Page, **more: Any) -> dict[str, Any]:
    """Where we are among the pages, and the way to the others."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "request": context.get("request"), **more}


# --- Lists ------------------------------------------------------------------------------------


@register.simple_tag
def cell(column: Any, record: Any) -> SafeString:
    """One cell of a list as its column says: a name that leads to the record, a figure, a word."""
    value = column.value(record)
    if column.is_name:
        words = '<th scope="row"><a class="nm" href="{}" title="{}">{}</a></th>'
        return format_html(words, record.list_url, value, value)
    if value in (None, ""):
        css = "n" if column.is_figure else ""
        return format_html('<td class="{}"><span class="mut">{}</span></td>', css, NOTHING)
    if column.kind == "percent":
        return format_html('<td class="n">{}</td>', pct(value))
    if column.is_figure:
        return format_html(
            '<td class="n">{}</td>', num(value, 1 if column.kind == "decimal" else 0)
        )
    if column.kind == "date":
        return format_html('<td class="tn">{}</td>', f"{value:%d/%m/%Y}")
    if column.kind in ("code", "phone"):
        return format_html('<td class="code">{}</td>', value)
    return format_html('<td><span class="cut" title="{}">{}</span></td>', value, value)


# --- Forms ------------------------------------------------------------------------------------


def is_group(widget: widgets.Widget) -> bool:
    """Several boxes under one question, which need a legend rather than a label."""
    return isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)


def control(bound: BoundField, described_by: str) -> SafeString:
    widget = bound.field.widget
    attrs: dict[str, Any] = {"aria-describedby": described_by} if described_by else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if not is_group(widget) and not isinstance(widget, widgets.CheckboxInput):
        attrs["class"] = f"in {widget.attrs.get('class', '')}".strip()
    if isinstance(widget, widgets.Textarea) and widget.attrs.get("rows") == "10":
        attrs["rows"] = "3"
    if isinstance(widget, widgets.DateInput) and widget.input_type == "text":
        attrs |= {"inputmode": "numeric", "autocomplete": "off", "data-date": ""}
        attrs["placeholder"] = widget.attrs.get("placeholder") or _("dd/mm/yyyy")
    return bound.as_widget(attrs=attrs)


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, css: str = "", label: str = "", hint: str = "", quiet: bool = False
) -> dict[str, Any]:
    """One question of a form: label, hint, error and the real control, tied together.

    ``quiet`` leaves the word "optional" out: in rows of many small boxes it only makes noise.
    """
    hint = hint or str(bound.help_text)
    parts = [f"{bound.auto_id}-hint"] * bool(hint) + [f"{bound.auto_id}-error"] * bool(bound.errors)
    widget = bound.field.widget
    return {
        "bound": bound,
        "css": css,
        "label": capfirst(label or bound.label),
        "hint": hint,
        "control": control(bound, " ".join(parts)),
        "is_group": is_group(widget),
        "is_box": isinstance(widget, widgets.CheckboxInput),
        "is_secret": isinstance(widget, widgets.PasswordInput),
        "is_optional": not (quiet or bound.field.required or bound.field.disabled),
    }


@register.simple_tag
def fields_of(form: BaseForm, names: str = "") -> list[BoundField]:
    """The visible questions of a form: those named (``"name held_on"``), or all of them."""
    return [form[name] for name in names.split()] if names else form.visible_fields()


@register.simple_tag
def fields_but(form: BaseForm, names: str) -> list[BoundField]:
    """The visible questions of a form that are not named."""
    return [bound for bound in form.visible_fields() if bound.name not in names.split()]


@register.simple_tag
def filter_control(bound: BoundField) -> SafeString:
    """A choice in the filter bar: its name stands inside the box, and choosing sends the form."""
    if (
        isinstance(bound.field.widget, widgets.Select)
        and not bound.field.widget.allow_multiple_selected
    ):
        choice = bound.as_widget(attrs={"data-autosubmit": ""})
        return format_html(
            '<span class="pick"><label for="{}">{}</label>{}</span>',
            bound.id_for_label,
            bound.label,
            choice,
        )
    if isinstance(bound.field.widget, widgets.CheckboxInput) or is_group(bound.field.widget):
        return format_html(
            '<label class="opt">{} {}</label>', bound.label, control(bound, described_by="")
        )
    return format_html(
        '<span class="pick"><label for="{}">{}</label>{}</span>',
        bound.id_for_label,
        bound.label,
        control(bound, described_by=""),
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet | str) -> dict[str, Any]:
    """Everything to put right, each line leading to its field. Takes forms and formsets."""
    lines: list[tuple[str, Any, Any]] = []
    flat: list[BaseForm] = []
    for one in forms:
        if isinstance(one, BaseFormSet):
            lines += [("", "", error) for error in one.non_form_errors()]
            flat += one.forms
        elif isinstance(one, BaseForm):
            flat.append(one)
    for form in flat:
        lines += [("", "", error) for error in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or bound.auto_id
            lines += [(target, bound.label, error) for error in bound.errors]
    return {"lines": lines}


# --- Charts -----------------------------------------------------------------------------------


@register.simple_tag
def bar(
    value: Any, maximum: Any = 100, target: Any = None, low: Any = False, label: str = ""
) -> SafeString:
    """A bullet bar: ``{% bar row.rate 100 90 row.is_low %}``. Without a label it is silent."""
    return charts.bar(value, maximum, target, low=bool(low), label=label)


@register.simple_tag
def sparkline(values: Iterable[Any], label: str = "") -> SafeString:
    return charts.sparkline(values, label=label)


@register.simple_tag
def stack(parts: Iterable[Mapping[str, Any]], label: str = "", css: str = "") -> SafeString:
    """Shares of a whole; a part has ``value``, ``label`` and ``css`` (h1-h5, 1-6, none)."""
    return charts.stack(parts, label=label, css=css)


@register.inclusion_tag("components/heat.html")
def heat(cells: Iterable[charts.Cell]) -> dict[str, Any]:
    """Every unit as one small square that leads to its page."""
    return {"cells": cells}
