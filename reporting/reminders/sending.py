"""Messages into the portal and into the post; every one is logged with what became of it.

A notification waits for the post until somebody takes it (``post_waiting``, sent round every minute):
taking it is one conditional update, so that nobody gets a letter twice, whoever else is at it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from reporting.models import Notification, Reminder, Report

log = logging.getLogger(__name__)
Mail = Notification.Mail
BATCH = 500
AT_ONCE = 100
"""Letters taken at a time."""


@dataclass
class Message:
    """What one person is told: lines with addresses, and the reports they are about."""

    to: Any
    title: str
    lines: list[dict[str, str]]
    about: list[tuple[Report, str]] = field(default_factory=list)


def deliver(
    messages: Iterable[Message], *, by: Any = None, digest_on: date | None = None
) -> list[Notification]:
    """Put messages into the portal, log them, and leave them for the post where there is one."""
    messages = list(messages)
    mail = Mail.WAITING if settings.MAIL_IS_ON else Mail.NONE
    with transaction.atomic():
        stored = Notification.objects.bulk_create(
            Notification(
                to=one.to, title=one.title[:200], lines=one.lines, by=by, digest_on=digest_on,
                mail=mail,
            )
            for one in messages
        )  # fmt: skip
        Reminder.unscoped.bulk_create(
            (
                _entry(report, why, kept, Reminder.Channel.PORTAL, Reminder.Delivery.SENT)
                for one, kept in zip(messages, stored, strict=True)
                for report, why in one.about
            ),
            batch_size=BATCH,
        )
    return stored


def _entry(
    report: Report, why: str, kept: Notification, channel: str, delivery: str, error: str = ""
) -> Reminder:  # fmt: skip
    return Reminder(
        report=report, unit_id=report.unit_id, to=kept.to, notification=kept, why=why, by=kept.by,
        channel=channel, delivery=delivery, error=error[:200],
    )  # fmt: skip


# --- The post ---------------------------------------------------------------------------------


def post_waiting() -> int:
    """Send the letters that wait; returns how many were taken. Nothing happens without a server."""
    if not settings.MAIL_IS_ON:
        return 0
    waiting = Notification.objects.filter(mail=Mail.WAITING).order_by("pk")
    mine = [pk for pk in waiting.values_list("pk", flat=True)[:AT_ONCE] if _take(pk)]
    if mine:
        _post(list(Notification.objects.filter(pk__in=mine).select_related("to", "by")))
    return len(mine)


def _take(pk: int) -> bool:
    return bool(Notification.objects.filter(pk=pk, mail=Mail.WAITING).update(mail=Mail.TAKEN))


def _post(letters: Sequence[Notification]) -> None:
    connection = get_connection()
    try:
        connection.open()
    except Exception as error:  # each letter says so in the log
        log.warning("The mail server does not answer: %s", error)
    for one in letters:
        delivery, fault = _send(one, connection)
        entries = [
            _entry(row.report, row.why, one, Reminder.Channel.EMAIL, delivery, fault)
            for row in Reminder.unscoped.filter(
                notification=one, channel=Reminder.Channel.PORTAL
            ).select_related("report")
        ]
        with transaction.atomic():
            Reminder.unscoped.bulk_create(entries, batch_size=BATCH)
            Notification.objects.filter(pk=one.pk).update(mail=Mail.DONE)
    connection.close()


def _send(one: Notification, connection: Any) -> tuple[str, str]:
    if not one.to.email:
        return Reminder.Delivery.NO_ADDRESS, ""
    letter = letter_of(one, connection)
    try:
        letter.send()
    except Exception as error:  # whatever the server says is in the log; the others still go out
        log.warning("A letter was not sent: %s", error)
        return Reminder.Delivery.FAILED, str(error) or type(error).__name__
    return Reminder.Delivery.SENT, ""


def letter_of(one: Notification, connection: Any = None) -> EmailMessage:
    """The letter of a notification, in the language of its reader; one line of subject."""
    with translation.override(one.to.language):
        lines = [_("Dear %(name)s,") % {"name": one.to.full_name}, "", one.title, ""]
        for line in one.lines:
            url = f"\n  {settings.PORTAL_URL}{line['url']}" if _has_address(line) else ""
            lines.append(f"- {line['text']}{url}")
        lines += ["", _("This letter was sent by the portal; replies are not read.")]
    return EmailMessage(
        " ".join(one.title.split()), "\n".join(lines), to=[one.to.email], connection=connection
    )


def _has_address(line: dict[str, str]) -> bool:
    return bool(settings.PORTAL_URL and line.get("url"))
