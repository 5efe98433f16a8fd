"""Who is told what is stuck at them: once a day, on working days, logged; and reminding by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone, translation

from campaign.models import Holiday
from campaign.periods import Period, Scheme
from reporting.models import (
    Notification,
    Reminder,
    Report,
    ReportingCycle,
    ReportTemplate,
    ReportText,
)
from reporting.reminders import asking, digests, sending
from reporting.reminders.stuck import Whose, Why, why_stuck
from units.models import Unit

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
State = Report.State
CUT_OFF, DEADLINE = date(2026, 9, 14), date(2026, 9, 16)


def at(day: date, clock: time = time(7, 30)) -> datetime:
    """A moment of a day in Vietnam."""
    return datetime.combine(day, clock, tzinfo=VIETNAM)


TUESDAY = at(date(2026, 9, 15))
THURSDAY = at(date(2026, 9, 17))


def owed(state: str, since: datetime, **more: Any) -> Report:
    """A report that is not stored."""
    cycle = ReportingCycle(
        template=ReportTemplate(name_vi="Báo cáo tháng"), scheme=Scheme.ADMIN, period="2026-M09",
        starts_on=date(2026, 8, 15), ends_on=CUT_OFF,
    )  # fmt: skip
    unit = Unit(name="Xã An Hoà")
    return Report(cycle=cycle, unit=unit, state=state, since=since, due_at=at(DEADLINE), **more)


# --- The rules, without a database ------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "since", "now", "why", "whose"),
    [
        (State.OPEN, date(2026, 8, 15), date(2026, 9, 14), None, None),
        (State.OPEN, date(2026, 8, 15), date(2026, 9, 15), Why.DRAFT, Whose.OFFICER),
        (State.DRAFT, date(2026, 9, 1), date(2026, 9, 17), Why.OVERDUE, Whose.UNIT),
        (State.DRAFT, date(2026, 9, 1), date(2026, 12, 17), None, None),
        (State.PROPOSED, date(2026, 9, 15), date(2026, 9, 15), None, None),
        (State.PROPOSED, date(2026, 9, 14), date(2026, 9, 15), Why.WAITING, Whose.LEADER),
        (State.PROPOSED, date(2026, 9, 14), date(2026, 9, 17), Why.OVERDUE, Whose.LEADER),
        (State.SUBMITTED, date(2026, 9, 15), date(2026, 9, 15), None, None),
        (State.SUBMITTED, date(2026, 9, 15), date(2026, 9, 16), Why.WAITING, Whose.FOCAL),
        (State.APPROVED, date(2026, 9, 15), date(2026, 12, 16), None, None),
    ],
)
def test_a_report_is_stuck_at_somebody(state, since, now, why, whose):
    stuck = why_stuck(owed(state, at(since)), at(now))
    assert (stuck.why if stuck else None, stuck.whose if stuck else None) == (why, whose)


def test_a_returned_report_is_idle_after_a_working_day_without_a_word(db):
    Holiday.objects.all().delete()
    friday, saturday, monday = (at(date(2026, 9, day)) for day in (18, 19, 21))
    returned = owed(State.RETURNED, friday)
    assert why_stuck(returned, saturday) is None
    stuck = why_stuck(returned, monday)
    assert stuck is not None
    assert (stuck.why, stuck.days) == (Why.RETURNED, 3)
    assert why_stuck(returned, monday, touched=at(date(2026, 9, 21), time(6, 0))) is None
    with translation.override("vi"):
        assert "bị trả lại 3 ngày trước" in stuck.sentence
        assert stuck.sentence.startswith("Xã An Hoà: Báo cáo tháng: Tháng 9/2026")


# --- A cycle with everybody in it --------------------------------------------------------------


@pytest.fixture
def cycle(province: SimpleNamespace) -> ReportingCycle:
    """The reports of September of two communes and a department; offices work as always."""
    Holiday.objects.all().delete()
    ReportingCycle.unscoped.all().delete()
    template = ReportTemplate.unscoped.create(
        unit=province.root, code="m", name_vi="Báo cáo tháng", frequency="month",
        starts_on=date(2026, 1, 1),
    )  # fmt: skip
    period = Period.parse("2026-M09")
    return ReportingCycle.unscoped.create(
        template=template, unit=province.root, scheme=period.scheme, period=period.code,
        starts_on=period.start, ends_on=period.end, due_at=at(DEADLINE),
    )  # fmt: skip


def report(cycle: ReportingCycle, unit: Unit, state: str = State.OPEN, **more: Any) -> Report:
    """A stored report of a unit."""
    more.setdefault("since", at(CUT_OFF))
    return Report.unscoped.create(cycle=cycle, unit=unit, state=state, due_at=at(DEADLINE), **more)


def told(person: SimpleNamespace) -> list[Notification]:
    """What a person was told, the latest first."""
    return list(Notification.objects.filter(to=person.user))


def test_everybody_is_told_once_a_day_what_is_stuck_at_them(
    cycle, province, hoa, son, bao, hanh, minh
):
    own = report(cycle, province.an_hoa, State.DRAFT)
    report(cycle, province.binh_minh, State.SUBMITTED)
    report(cycle, province.education, State.APPROVED)
    assert digests.send_digests(TUESDAY) == 2
    assert digests.send_digests(TUESDAY + timedelta(hours=2)) == 0
    (digest,) = told(hoa)
    assert digest.title == "1 báo cáo đang chờ bạn"
    assert digest.lines[0]["text"] == (
        "Xã An Hoà: Báo cáo tháng: Tháng 9/2026 chưa nộp, hạn 16/09/2026."
    )
    assert "Phường Bình Minh" in told(hanh)[0].lines[0]["text"]
    assert [told(one) for one in (son, bao, minh)] == [[], [], []]
    assert digests.send_digests(THURSDAY) == 3  # now overdue: the leader hears of it too
    assert [len(told(one)) for one in (hoa, son, hanh)] == [2, 1, 2]
    entries = Reminder.unscoped.filter(report=own).order_by("pk")
    assert list(entries.values_list("to__username", "why", "channel", "delivery", "by")) == [
        (hoa.user.username, "draft", "portal", "sent", None),
        (hoa.user.username, "overdue", "portal", "sent", None),
        (son.user.username, "overdue", "portal", "sent", None),
    ]


def test_nobody_is_told_when_offices_are_closed(cycle, province, hoa):
    report(cycle, province.an_hoa)
    assert digests.send_digests(at(date(2026, 9, 19))) == 0  # a Saturday
    Holiday.objects.create(day=date(2026, 9, 17), name_vi="Nghỉ", name_en="Off")
    assert digests.send_digests(THURSDAY) == 0
    Holiday.objects.create(
        day=date(2026, 9, 19), name_vi="Làm bù", name_en="Worked", is_worked=True
    )
    assert digests.send_digests(at(date(2026, 9, 19))) == 1


def test_closed_units_former_staff_and_cycles_that_are_over_are_left_alone(
    cycle, province, hoa, bao, hanh
):
    report(cycle, province.an_hoa)
    report(cycle, province.binh_minh)
    Unit.unscoped.filter(pk=province.binh_minh.pk).update(valid_to=date(2026, 9, 14))
    hoa.user.postings.update(ends_on=date(2026, 9, 14))
    assert digests.send_digests(THURSDAY) == 0
    hoa.user.postings.update(ends_on=None)
    ReportingCycle.unscoped.update(closed_at=timezone.now())
    assert digests.send_digests(THURSDAY) == 0


def test_writing_in_a_returned_report_counts_as_taking_it_up(cycle, province, hoa):
    own = report(cycle, province.an_hoa, State.RETURNED, since=at(date(2026, 9, 15)))
    text = ReportText.objects.create(report=own, section="I", text="Đã sửa")
    ReportText.objects.filter(pk=text.pk).update(updated_at=at(date(2026, 9, 17), time(7, 0)))
    assert digests.send_digests(THURSDAY) == 0
    assert digests.send_digests(at(date(2026, 9, 18))) == 1
    assert "bị trả lại 3 ngày trước" in told(hoa)[0].lines[0]["text"]


def test_many_reports_of_a_cycle_are_one_sentence(cycle, province, hanh):
    for n in range(digests.FEW + 1):
        unit = Unit.plant(
            parent=province.root, level="commune", kind="commune", code=f"3099{n}",
            code_system=Unit.CodeSystem.QD19_2025, name=f"Xã Số {n}", short_name=f"Số {n}",
            valid_from=date(2025, 7, 1),
        )  # fmt: skip
        report(cycle, unit, State.SUBMITTED)
    assert digests.send_digests(TUESDAY) == 1
    (digest,) = told(hanh)
    texts = [line["text"] for line in digest.lines]
    assert texts == ["Báo cáo tháng: Tháng 9/2026: 6 báo cáo đang chờ bạn."]
    assert digest.reminders.count() == 6


def test_a_digest_costs_as_many_queries_for_many_reports(
    cycle, province, hoa, django_assert_max_num_queries
):
    report(cycle, province.an_hoa)
    report(cycle, province.binh_minh)
    with django_assert_max_num_queries(14):
        digests.send_digests(TUESDAY)


# --- The post ---------------------------------------------------------------------------------


@pytest.fixture
def post(settings: Any) -> None:
    """A mail server."""
    settings.MAIL_IS_ON = True
    settings.PORTAL_URL = "https://bdhvs.example.gov.vn"


def test_letters_go_out_once_and_the_log_says_what_became_of_them(
    cycle, province, hoa, bao, post, monkeypatch
):
    hoa.user.email = "hoa@example.gov.vn"
    hoa.user.save()
    own = report(cycle, province.an_hoa)
    other = report(cycle, province.binh_minh)
    digests.send_digests(TUESDAY)
    assert mail.outbox == []
    assert sending.post_waiting() == 2
    assert sending.post_waiting() == 0
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["hoa@example.gov.vn"], "1 báo cáo đang chờ bạn")
    assert "chưa nộp, hạn 16/09/2026" in letter.body
    assert "https://bdhvs.example.gov.vn/" in letter.body
    by_mail = Reminder.unscoped.filter(channel="email")
    assert by_mail.get(report=own).delivery == "sent"
    assert by_mail.get(report=other).delivery == "no_address"


def test_a_mail_server_that_fails_is_in_the_log_and_nobody_is_lost(
    cycle, province, hoa, post, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    hoa.user.email = "hoa@example.gov.vn"
    hoa.user.save()
    report(cycle, province.an_hoa)
    digests.send_digests(TUESDAY)
    sending.post_waiting()
    entry = Reminder.unscoped.get(channel="email")
    assert entry.delivery == "failed"
    assert entry.error
    assert len(told(hoa)) == 1


def test_without_a_mail_server_nothing_waits_for_the_post(cycle, province, hoa):
    report(cycle, province.an_hoa)
    digests.send_digests(TUESDAY)
    assert sending.post_waiting() == 0
    assert not Reminder.unscoped.filter(channel="email").exists()
    assert not Notification.objects.exclude(mail="").exists()


# --- By hand ----------------------------------------------------------------------------------


def test_only_who_reviews_a_report_reminds_of_it(cycle, province, hoa, son, bao, hanh, lan):
    own = report(cycle, province.an_hoa)
    for person in (hoa, son, bao, lan):
        with pytest.raises(PermissionDenied):
            asking.remind([own], by=person.access)
    assert asking.remind([own], by=hanh.access, text=" Gửi sớm\nnhé ") == asking.Sent(1, 2, 0)
    (notice,) = told(hoa)
    assert notice.title == f"{hanh.user.full_name} nhắc bạn về 1 báo cáo"
    assert notice.lines[0] == {"text": "Gửi sớm nhé", "url": ""}
    entry = Reminder.unscoped.get(to=hoa.user)
    assert (entry.why, entry.by, entry.unit) == ("asked", hanh.user, province.an_hoa)


def test_a_unit_is_not_reminded_twice_within_a_day_by_mistake(cycle, province, hoa, bao, hanh):
    own, other = report(cycle, province.an_hoa), report(cycle, province.binh_minh)
    asking.remind([own], by=hanh.access)
    with pytest.raises(asking.RemindedLately) as refusal:
        asking.remind([own, other], by=hanh.access)
    assert [choice.report for choice in refusal.value.choices] == [own]
    assert told(bao) == []
    assert asking.remind([own, other], by=hanh.access, confirmed=True).units == 2
    later = timezone.now() + asking.AGAIN_AFTER + timedelta(minutes=1)
    assert asking.remind([own], by=hanh.access, now=later).units == 1


def test_what_is_handed_in_or_closed_or_without_people_is_left_out(cycle, province, hoa, hanh):
    done = report(cycle, province.an_hoa, State.SUBMITTED)
    nobody = report(cycle, province.education)
    Unit.unscoped.filter(pk=province.binh_minh.pk).update(valid_to=date(2026, 9, 14))
    over = report(cycle, Unit.unscoped.get(pk=province.binh_minh.pk))
    found = asking.choices([done, nobody, over], at(date(2026, 9, 20)))
    assert all(choice.left_out for choice in found)
    assert asking.remind([done, nobody, over], by=hanh.access) == asking.Sent(0, 0, 3)


def test_the_focal_officer_sees_what_would_happen_and_then_sends(
    cycle, province, hoa, son, hanh, bao
):
    own = report(cycle, province.an_hoa)
    url = reverse("reminders:send")
    preview = hanh.client.post(url, {"report": [own.pk]})
    assert preview.status_code == 200
    body = preview.content.decode()
    assert "Xã An Hoà" in body
    assert hoa.user.full_name in body
    assert told(hoa) == []
    log = hanh.client.post(url, {"report": [own.pk], "do": "send", "text": "Sớm"}, follow=True)
    assert log.redirect_chain[-1][0] == reverse("reminders:log", args=[cycle.pk])
    assert "Đã nhắc 1 đơn vị, 2 người." in log.content.decode()
    assert hanh.user.full_name in log.content.decode()
    again = hanh.client.post(url, {"report": [own.pk], "do": "send"})
    assert again.status_code == 409
    assert "đã được nhắc trong 24 giờ qua" in again.content.decode()
    hanh.client.post(url, {"report": [own.pk], "do": "send", "confirmed": "1"})
    assert len(told(hoa)) == 2
    assert hoa.client.post(url, {"report": [own.pk], "do": "send"}).status_code == 404
    assert hanh.client.post(url, {"report": [own.pk, 10**9]}).status_code == 404
    others = bao.client.get(reverse("reminders:log", args=[cycle.pk])).content.decode()
    assert hoa.user.full_name not in others


# --- The bell ---------------------------------------------------------------------------------


def test_the_bell_counts_what_is_not_read_and_leads_to_it(cycle, province, hoa, bao):
    report(cycle, province.an_hoa)
    report(cycle, province.binh_minh)
    digests.send_digests(TUESDAY)
    page = hoa.client.get(reverse("work")).content.decode()
    assert "1 thông báo chưa đọc" in page
    assert reverse("notifications") in page
    listed = hoa.client.get(reverse("notifications")).content.decode()
    assert "chưa nộp, hạn 16/09/2026" in listed
    assert "Bình Minh" not in listed
    theirs = told(bao)[0]
    hoa.client.post(reverse("notifications"), {"read": theirs.pk})
    theirs.refresh_from_db()
    assert theirs.read_at is None
    hoa.client.post(reverse("notifications"), {"read": told(hoa)[0].pk})
    assert "chưa đọc" not in hoa.client.get(reverse("work")).content.decode()
    bao.client.post(reverse("notifications"), {"read": "all"})
    theirs.refresh_from_db()
    assert theirs.is_read
