"""What no database keeps never reaches one; what is no number is told, not stumbled over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.authtoken.models import Token

from campaign.portal.figures import num
from campaign.portal.plain_text import is_plain
from reporting.models import Report, ReportComment, ReportText
from tests.reporting.cycle_world import owed

NUL, HUGE = "a\x00b", "9" * 5000


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("bình thường", True), ("🙂", True), ("a\\u0000b", True), (NUL, False),
        ("\ud800", False), ("\\" + NUL, False),
    ],
)  # fmt: skip
def test_a_message_is_plain_where_every_letter_can_be_kept(text: str, plain: bool) -> None:
    assert is_plain(json.dumps({"text": [text]}).encode()) is plain


def test_numbers_nobody_has_are_no_accident() -> None:
    assert num(10**19).count("0") == 19
    assert num("9" * 30) == num(int("9" * 4000)) == num("1e999999999") == num(HUGE) == "–"


def test_a_report_takes_whatever_is_sent_to_it(province: Any, hoa: Any, hanh: Any) -> None:
    report = owed(province.root, province.an_hoa, written=False)
    url = reverse("reports:save", args=[report.pk])
    sent = {
        "text-I": NUL, "text-I-version": "3", "text-II": "x", "text-II-version": HUGE,
        "why-undeclared": NUL, "d-digital_signatures-source": NUL,
        "d-digital_signatures-value": HUGE, "d-documents_online-value": "9" * 30,
        "d-documents_online-source": "s",
    }  # fmt: skip
    told = hoa.client.post(url, sent, headers={"Accept": "application/json"}).json()
    assert set(told["problems"]) == {"d-digital_signatures-value", "d-documents_online-value"}
    assert ReportText.objects.get(report=report, section="I").text == "ab"
    assert Report.unscoped.get(pk=report.pk).explanations == {"undeclared": "ab"}
    hoa.client.post(reverse("reports:comment", args=[report.pk]), {"text": NUL, "about": NUL})
    assert ReportComment.objects.get().about == "ab"
    headers = {"Authorization": f"Token {Token.objects.create(user=hoa.user).key}"}
    body = {"declared": [{"indicator": "digital_signatures", "value": 5, "source": "\ud800"}]}
    answer = hoa.client.put(
        reverse("api_report_declared", args=[report.pk]), json.dumps(body),
        content_type="application/json", headers=headers,
    )  # fmt: skip
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
