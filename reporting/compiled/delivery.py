"""The province's report to named leaders: when it is locked, or every Monday as it stands.

What somebody may see is asked when it is sent, not when it was ordered: who may no longer see the
province gets nothing, and the log says so. Safe to run at any time, twice and beside itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.access import SEES_PROVINCE
from accounts.models import Posting, User
from campaign.portal.access import Access, access_of
from campaign.portal.workbooks import safe_filename
from campaign.working_days import is_working_day
from reporting.compiled.making import word_of, workbook_of
from reporting.compiled.versions import Version
from reporting.documents import annex_book, docx
from reporting.models import CompiledReport, Notification, ReportLetter, Subscription
from reporting.reminders.sending import letter_of
from units.models import Unit

log = logging.getLogger(__name__)
When, Outcome = Subscription.When, ReportLetter.Outcome

FROM = time(7, 30)
"""From this time of a Monday the weekly letters go out."""

RECENT = timedelta(days=7)
"""A version locked longer ago is not sent any more."""

Due = tuple[Subscription, CompiledReport, Any]


def send_reports(now: datetime | None = None) -> int:
    """Send what is due; returns how many people it was sent to."""
    now = timezone.localtime(now or timezone.now())
    sent = 0
    for subscription, compiled, day in [*_locked(now), *_weekly(now)]:
        letter = _claim(subscription, compiled, day)
        if letter is not None:
            _send(letter)
            sent += letter.outcome in (Outcome.SENT, Outcome.PORTAL)
    return sent


def _locked(now: datetime) -> Iterator[Due]:
    """Versions locked lately, for those who ordered them by then and have not had them."""
    rows = CompiledReport.unscoped.filter(locked_at__gte=now - RECENT, locked_at__lte=now)
    for row in rows.select_related("cycle__template", "cycle__unit", "unit", "snapshot"):
        day = timezone.localtime(row.locked_at).date()
        orders = Subscription.unscoped.filter(
            template=row.cycle.template_id, when=When.LOCKED, added_at__lte=row.locked_at
        )
        for one in _without_letter(orders, row, When.LOCKED, day):
            yield one, row, day


def _weekly(now: datetime) -> Iterator[Due]:
    """On Mondays the newest version of each template, as it stands."""
    day = now.date()
    if now.weekday() or now.time() < FROM or not is_working_day(day):
        return
    templates = Subscription.unscoped.filter(when=When.WEEKLY).values_list("template", flat=True)
    for template in sorted(set(templates.order_by())):
        row = (
            CompiledReport.unscoped.filter(cycle__template=template)
            .select_related("cycle__template", "cycle__unit", "unit", "snapshot")
            .order_by("-cycle__ends_on", "-number")
            .first()
        )
        if row is not None:
            orders = Subscription.unscoped.filter(template=template, when=When.WEEKLY)
            for one in _without_letter(orders, row, When.WEEKLY, day):
                yield one, row, day


def _without_letter(orders: Any, row: CompiledReport, when: str, day: Any) -> list[Subscription]:
    had = ReportLetter.unscoped.filter(compiled=row, when=when, day=day).values("to")
    return list(orders.exclude(to__in=had).select_related("to"))


def _claim(one: Subscription, row: CompiledReport, day: Any) -> ReportLetter | None:
    """The letter, unless somebody else is at it."""
    try:
        with transaction.atomic():
            letter: ReportLetter = ReportLetter.unscoped.create(
                unit=row.unit, compiled=row, to=one.to, when=one.when, day=day
            )
    except IntegrityError:
        return None
    return letter


def may_have(access: Access, unit: Unit) -> bool:
    """Whether somebody may see the report of a province now."""
    return access.user is not None and access.may("province") and access.view.covers(unit.path)


def _send(letter: ReportLetter) -> None:
    if not may_have(access_of(letter.to), letter.unit):
        _end(letter, Outcome.NOT_ALLOWED)
        return
    with translation.override(letter.to.language):
        note = _told(letter)
    if not settings.MAIL_IS_ON or not letter.to.email:
        _end(letter, Outcome.PORTAL)
        return
    try:
        _post(letter, note)
    except Exception as error:  # the log says what the server said; the others still get theirs
        log.warning("A report was not sent: %s", error)
        _end(letter, Outcome.FAILED, str(error) or type(error).__name__)
    else:
        _end(letter, Outcome.SENT)


def _told(letter: ReportLetter) -> Notification:
    """The message in the portal."""
    row = letter.compiled
    words = {"period": row.cycle.days_meant.label, "number": row.number}
    if row.locked_at is not None:
        text = _("Version %(number)s is locked; its Word file and annexes are ready.") % words
    else:
        text = _("Draft %(number)s as it stands; its figures may still change.") % words
    title = _("Provincial report, %(period)s") % words
    line = {"text": text, "url": row.get_absolute_url()}
    return Notification.objects.create(to=letter.to, title=title[:200], lines=[line])


def _post(letter: ReportLetter, note: Notification) -> None:
    """The letter with the report and its annexes."""
    row, version = letter.compiled, Version(letter.compiled)
    post = letter_of(note)
    for slug, content, kind, suffix in (
        ("Bao cao", word_of(version), docx.CONTENT_TYPE, "docx"),
        ("Phu luc", workbook_of(version), annex_book.CONTENT_TYPE, "xlsx"),
    ):
        name = safe_filename(
            slug, period=row.cycle.period, at=row.locked_at or row.at, suffix=suffix
        )
        post.attach(name, content, kind)
    post.send()


def _end(letter: ReportLetter, outcome: str, error: str = "") -> None:
    letter.outcome, letter.error = Outcome(outcome), error[:200]
    letter.save(update_fields=["outcome", "error"])


def people_to_choose(province: Unit) -> list[User]:
    """Who may be sent the report of a province: those who see all of it today."""
    postings = Posting.unscoped.in_force().filter(
        role__in=SEES_PROVINCE, user__is_active=True,
        unit__path__gte=province.path, unit__path__lt=province.path_end,
    )  # fmt: skip
    users = {one.user_id: one.user for one in postings.select_related("user")}
    return sorted(users.values(), key=lambda user: user.sort_key)
