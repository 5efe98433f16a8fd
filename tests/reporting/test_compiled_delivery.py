"""The province's report to named leaders: once, with its files, and only to who may see it then."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Posting
from reporting.compiled import delivery, service
from reporting.models import Notification, ReportLetter, Subscription
from tests.reporting.rounds import cycle_of, everything_approved

MONDAY = datetime(2026, 1, 19, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture
def cycle(world, province, settings):
    """January; there is a mail server."""
    settings.MAIL_IS_ON = True
    settings.PORTAL_URL = "https://bdhvs.example.gov.vn"
    return cycle_of(province.root)


def order(cycle, someone, when):
    someone.user.email = f"{someone.user.username}@example.gov.vn"
    someone.user.save()
    return Subscription.unscoped.create(
        unit=cycle.unit, template=cycle.template, to=someone.user, when=when
    )


def test_a_locked_report_is_sent_once_with_its_files(cycle, province, hanh, lan, thao):
    everything_approved(province, cycle, hanh.user)
    for someone in (lan, thao):
        order(cycle, someone, "locked")
    Posting.unscoped.filter(user=thao.user).update(ends_on=timezone.localdate() - timedelta(days=1))
    row = service.compile_report(cycle, hanh.access)
    assert delivery.send_reports() == 0
    for text in row.texts.all():
        service.save_text(row.pk, text.section, "Đã viết.", text.version, hanh.access)
    row = service.lock(row.pk, "Tháng 1/2026", "", hanh.access)
    assert delivery.send_reports() == 1
    assert delivery.send_reports() == 0
    (letter,) = mail.outbox
    assert letter.to == ["lan@example.gov.vn"]
    assert [name.rpartition(".")[2] for name, _content, _kind in letter.attachments] == [
        "docx", "xlsx",
    ]  # fmt: skip
    assert f"https://bdhvs.example.gov.vn{row.get_absolute_url()}" in letter.body
    outcomes = dict(ReportLetter.unscoped.values_list("to__username", "outcome"))
    assert outcomes == {"lan": "sent", "thao": "not_allowed"}
    assert list(Notification.objects.values_list("to__username", flat=True)) == ["lan"]


def test_drafts_go_out_on_mondays_only(cycle, hanh, lan):
    order(cycle, lan, "weekly")
    service.compile_report(cycle, hanh.access)
    assert delivery.send_reports(MONDAY - timedelta(days=1)) == 0
    assert delivery.send_reports(MONDAY - timedelta(hours=1)) == 0
    assert delivery.send_reports(MONDAY) == 1
    assert delivery.send_reports(MONDAY + timedelta(hours=2)) == 0
    assert "Bản nháp 1" in mail.outbox[0].body


def test_people_are_chosen_on_the_settings_page(cycle, hanh, lan, hoa):
    page = f"/reporting/compiled/{cycle.pk}/settings/"
    assert lan.user.full_name in hanh.client.get(page).content.decode()
    data = {"to": str(lan.user.pk), "when": "locked"}
    assert hanh.client.post(f"{page}people/", data).status_code == 302
    assert (
        hanh.client.post(f"{page}people/", {"to": str(hoa.user.pk), "when": "locked"}).status_code
        == 422
    )
    row = Subscription.unscoped.get()
    assert row.to == lan.user
    assert lan.client.post(f"{page}people/", data).status_code == 404
    assert hanh.client.post(f"{page}people/{row.pk}/").status_code == 302
    assert not Subscription.unscoped.exists()
