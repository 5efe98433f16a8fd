"""Forms as a browser reads them: fields with their values and choices, filled in sensibly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

VOID = {"submit", "button", "reset", "image"}


@dataclass
class Control:
    """One named control of a form (radio buttons and boxes of one name are one control)."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    is_required: bool = False
    is_multiple: bool = False
    attrs: dict[str, str | None] = field(default_factory=dict)


@dataclass
class HtmlForm:
    """One form of a page."""

    action: str
    method: str
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    has_plain_button: bool = False

    def data(self) -> dict[str, Any]:
        """What a person would send who fills in what is missing."""
        sent: dict[str, Any] = {}
        for control in self.controls.values():
            if control.name == "csrfmiddlewaretoken" or control.kind == "file":
                continue
            values = control.values or default_for(control)
            if values:
                sent[control.name] = values if len(values) > 1 else values[0]
        if self.buttons and not self.has_plain_button:
            name, value = self.buttons[0]
            sent.setdefault(name, value)
        for name in sent:
            if name.endswith("-people"):
                sent[name] = "3"
        if "year" in sent:
            sent["year"] = "2024"
        if "submission" in sent:
            sent["submission"] = str(uuid4())
        return sent


def default_for(control: Control) -> list[str]:
    """A sensible value for an empty field that must be filled."""
    if control.kind in ("select", "radio"):
        real = [option for option in control.options if option]
        return real[:1] if control.is_required and real else []
    if control.kind == "checkbox":
        return []
    name = control.name.rsplit("-", 1)[-1]
    if not control.is_required and not re.search(r"^(title|name|full_name|reason)$", name):
        return []
    if control.kind == "date":
        return ["2026-03-02"]
    if re.search(r"(_on|_at|date|^on)$", name):
        return ["02/03/2026"]
    if re.search(r"year", name):
        return ["1985"]
    if control.kind == "number" or re.search(r"people|count|number$|capacity|hours", name):
        return ["3"]
    if re.search(r"phone", name):
        return ["0912345678"]
    if re.search(r"mail", name):
        return ["somebody@example.org"]
    return ["Words of a test"]


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.forms: list[HtmlForm] = []
        self.by_id: dict[str, HtmlForm] = {}
        self.waiting: list[tuple[str, str, dict[str, str | None]]] = []
        self.form: HtmlForm | None = None
        self.select: Control | None = None
        self.textarea: Control | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found = dict(attrs)
        if tag == "form":
            self.form = HtmlForm(
                found.get("action") or self.path, (found.get("method") or "get").lower()
            )
            self.forms.append(self.form)
            if found.get("id"):
                self.by_id[found["id"]] = self.form
        elif tag == "button" and not found.get("name"):
            form = self.by_id.get(found.get("form") or "", self.form)
            if form is not None and (found.get("type") or "submit") == "submit":
                form.has_plain_button = True
        elif tag in ("input", "select", "textarea", "button") and found.get("name"):
            form = self.by_id.get(found.get("form") or "", self.form)
            if form is not None:
                self.control(form, tag, found)
        elif tag == "option" and self.select is not None:
            value = found.get("value") or ""
            self.select.options.append(value)
            if "selected" in found and value:
                self.select.values.append(value)

    def control(self, form: HtmlForm, tag: str, found: dict[str, str | None]) -> None:
        name = str(found["name"])
        kind = (found.get("type") or "text").lower() if tag == "input" else tag
        value = found.get("value")
        if tag == "button" or kind in VOID:
            form.buttons.append((name, value or ""))
            return
        control = form.controls.setdefault(name, Control(name, kind, attrs=found))
        control.is_required |= "required" in found or found.get("aria-required") == "true"
        control.is_multiple |= "multiple" in found
        if kind in ("checkbox", "radio"):
            control.options.append(value or "on")
            control.is_multiple |= kind == "checkbox"
            if "checked" in found:
                control.values.append(value or "on")
        elif tag == "select":
            self.select = control
        elif tag == "textarea":
            self.textarea = control
        elif value:
            control.values.append(value)

    def handle_data(self, data: str) -> None:
        if self.textarea is not None and data.strip():
            self.textarea.values.append(data.lstrip("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None


def forms_of(html: str, path: str) -> list[HtmlForm]:
    """The forms of a page."""
    reader = _Reader(path)
    reader.feed(re.sub(r"<template\b.*?</template>", "", html, flags=re.S))
    return reader.forms
