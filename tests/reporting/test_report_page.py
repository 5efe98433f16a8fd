"""The page of a report: what is typed is kept, what is shown is what it says, who meets which step."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token

from reporting.models import (
    DeclaredFigure,
    Report,
    ReportAnswer,
    ReportTemplate,
    ReportText,
    TemplateQuestion,
)
from reporting.reports import flow
from tests.reporting.cycle_world import declare, make_report, owed, write
from tests.reporting.test_report_flow import put
from tests.reporting.test_work import plan

#: proposals are nothing figures could draft
ASKED = (("I", "Kết quả"), ("V", "Kiến nghị"))


def url(report: Report, more: str = "") -> str:
    return f"/reporting/reports/{report.pk}/{more}"


def page(person: SimpleNamespace, report: Report) -> str:
    answer = person.client.get(url(report))
    assert answer.status_code == 200
    return answer.content.decode()


def primary(person: SimpleNamespace, report: Report) -> str:
    found = re.search(r'class="btn p"[^>]*name="step" value="(\w+)"', page(person, report))
    return found[1] if found else ""


def test_each_person_has_the_one_step_of_their_role_and_the_state(
    province: Any, hoa: Any, son: Any, hanh: Any, lan: Any, tu: Any, bao: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    met = {}
    for state in Report.State.values:
        put(report, state)
        people = {"hoa": hoa, "son": son, "hanh": hanh, "lan": lan}
        met[state] = {name: primary(one, report) for name, one in people.items()}
    none = dict.fromkeys(("hoa", "son", "hanh", "lan"), "")
    writing = none | {"hoa": "hand_in", "son": "hand_in"}
    assert met == {
        "open": writing, "draft": writing, "returned": writing,
        "proposed": none | {"son": "hand_in"}, "submitted": none | {"hanh": "approve"},
        "approved": none, "locked": none,
    }  # fmt: skip
    assert bao.client.get(url(report)).status_code == 404
    assert tu.client.get(url(report)).status_code == 404


def send(person: SimpleNamespace, report: Report, **data: Any) -> Any:
    return person.client.post(url(report, "save/"), data, headers={"Accept": "application/json"})


def test_everything_typed_is_kept_and_the_newer_is_never_overwritten(
    province: Any, hoa: Any, son: Any
) -> None:
    report = owed(province.root, province.an_hoa, written=False)
    question = TemplateQuestion.objects.create(
        template=report.cycle.template, position=1, label="Số máy?", kind="number"
    )
    boxes = {
        "text-I": "Đã họp", "text-I-version": "0", f"answer-{question.pk}": "1.200",
        f"answer-{question.pk}-version": "0", "d-digital_signatures-value": "1.240",
        "d-digital_signatures-source": "BC 7", "d-digital_signatures-version": "",
        "d-documents_online-source": "BC 6", "d-documents_online-version": "",
        "why-undeclared": "Chưa có số của Công an xã.",
    }  # fmt: skip
    told = send(hoa, report, **boxes).json()
    assert (told["problems"], told["conflicts"], told["state"]) == ({}, {}, "draft")
    assert ReportText.objects.get(report=report).text == "Đã họp"
    assert ReportAnswer.objects.get(report=report).number == 1200
    assert DeclaredFigure.unscoped.get().value == 1240
    assert put(report, "draft").explanations == {"undeclared": "Chưa có số của Công an xã."}
    assert send(hoa, report, **boxes).json()["versions"]["text-I"] == 1  # twice is once
    clash = send(son, report, **boxes | {"text-I": "Của Sơn", "text-I-version": "0"}).json()
    assert clash["conflicts"]["text-I"]["theirs"] == "Đã họp"
    assert clash["conflicts"]["text-I"]["by"] == "Nguyễn Thị Hoa"
    assert ReportText.objects.get(report=report).text == "Đã họp"
    wrong = {f"answer-{question.pk}": "mười hai", "d-digital_signatures-value": "",
             "d-digital_signatures-version": "1"}  # fmt: skip
    assert set(send(hoa, report, **wrong).json()["problems"]) == {
        f"answer-{question.pk}",
        "d-digital_signatures-value",
    }
    put(report, "submitted")
    assert send(hoa, report, **{"text-I": "Muộn", "text-I-version": "1"}).status_code == 409
    assert send(hoa, report, paste="x").status_code == 409


def test_without_the_script_one_form_saves_and_hands_in(province: Any, hoa: Any, son: Any) -> None:
    report = owed(province.root, province.an_hoa, written=False, declared=["digital_signatures"],
                  sections=ASKED)  # fmt: skip
    data = {"text-I": "Đã họp", "text-I-version": "0", "text-V": "", "text-V-version": "0",
            "d-digital_signatures-value": "20", "d-digital_signatures-source": "BC 7",
            "step": "hand_in"}  # fmt: skip
    refused = hoa.client.post(url(report, "move/"), data)
    assert refused.status_code == 422
    assert "Mục V" in refused.content.decode()
    assert ReportText.objects.get(report=report, section="I").text == "Đã họp"  # kept all the same
    data |= {"text-V": "Không", "text-I-version": "1"}
    assert hoa.client.post(url(report, "move/"), data).status_code == 302
    assert put(report, "proposed").state == "proposed"
    asked = hoa.client.post(url(report, "move/"), {"step": "behalf", "on_behalf_of": son.user.pk})
    assert asked.status_code == 302
    kept = Report.unscoped.get(pk=report.pk)
    assert (kept.submitted_by, kept.on_behalf_of) == (hoa.user, son.user)
    assert "Nguyễn Thị Hoa nộp thay Lê Văn Sơn" in page(son, report)


def test_a_zero_report_is_one_click_and_is_not_a_missing_one(
    province: Any, hoa: Any, son: Any, words: Any
) -> None:
    report = owed(province.root, province.an_hoa, written=False)
    assert 'value="zero"' in page(hoa, report)
    assert hoa.client.post(url(report, "move/"), {"step": "zero"}).status_code == 302
    flow.hand_in(put(report, "proposed"), son.access)
    kept = Report.unscoped.get(pk=report.pk)
    assert (kept.is_zero, kept.state) == (True, "submitted")
    assert "không phát sinh" in page(son, report)
    other = make_report(report.cycle, province.binh_minh)
    assert not other.is_zero


def test_a_block_from_excel_is_taken_over_by_the_names_of_indicators(
    province: Any, hoa: Any
) -> None:
    report = owed(province.root, province.an_hoa, written=False)
    block = (
        "Chỉ tiêu\tGiá trị\tTử số\tMẫu số\tNguồn\n"
        "Cấp chữ ký số\t35\t\t\tCông an xã\n"
        "Văn bản xử lý trên môi trường mạng\t\t480\t500\tBC 7\n"
        "Không có\t1\t\t\tBC 8\n"
    )
    told = send(hoa, report, paste=block).json()
    assert told["shown"]["d-digital_signatures-value"] == "35"
    assert told["shown"]["d-documents_online-denominator"] == "500"
    assert [name for name in told["problems"] if name.startswith("paste-")] == ["paste-3"]
    assert DeclaredFigure.unscoped.count() == 2


def test_what_changed_after_handing_in_is_marked_and_the_frozen_stays(
    province: Any, hoa: Any, son: Any, hanh: Any, words: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    flow.submit(report, son.access)
    assert 'class="chg"' not in page(hanh, report)
    made = plan(province.an_hoa, words, "A1")
    made.sessions.create(number=1, held_on=report.cycle.ends_on, status="held")
    DeclaredFigure.unscoped.filter(indicator="digital_signatures").update(value=21)
    text = page(hanh, report)
    assert (
        "4 ô thay đổi sau khi nộp" in text
    )  # three figures (0 is not "nothing known") and one declared
    assert re.search(r'id="c-classes_and_support" class="chg"', text)
    flow.approve(report, hanh.access)
    assert 'class="chg"' not in page(hanh, report)


def test_the_page_costs_the_same_for_much_and_for_little(
    province: Any, hoa: Any, son: Any, hanh: Any, words: Any
) -> None:
    report = owed(province.root, province.an_hoa)

    def cost() -> int:
        page(hoa, report)
        with CaptureQueriesContext(connection) as captured:
            page(hoa, report)
        return len(captured)

    few = cost()
    period = report.cycle.days_meant
    for number in range(9):
        period = period.previous()
        declare(report, "digital_signatures", 20 + number, period=period)
        report.comments.create(text="x", by=hoa.user)
        made = plan(province.hoa_ut, words, f"B{number}")
        made.sessions.create(number=1, held_on=report.cycle.ends_on, status="held")
    assert cost() <= few + 1
    assert few < 90


def test_reports_wait_in_the_work_of_whose_turn_it_is(
    province: Any, hoa: Any, son: Any, hanh: Any, bao: Any, minh: Any
) -> None:
    def piles(person: SimpleNamespace) -> dict[str, int]:
        made = person.client.get("/work/").context["piles"]
        assert all(len(pile.tasks) == min(pile.total, 6) for pile in made)
        return {pile.icon: pile.total for pile in made}

    report = owed(province.root, province.an_hoa)
    assert piles(hoa) == {"calendar-clock": 1}
    assert piles(bao) == {}
    Report.unscoped.update(due_at=report.cycle.due_at.replace(year=2025))
    assert piles(hoa) == {"calendar-x": 1}
    flow.propose(report, hoa.access)
    assert (piles(hoa), piles(son)) == ({}, {"edit": 1})
    flow.submit(report, son.access)
    assert (piles(son), piles(hanh)) == ({}, {"clipboard-check": 1})
    flow.send_back(report, "Số máy?", hanh.access)
    flagged = {"about": "II", "text": "Bao nhiêu?", "needs_answer": "on"}
    assert hanh.client.post(url(report, "comment/"), flagged).status_code == 302
    assert re.search(r'href="#s-II">.*Bao nhiêu', page(hoa, report))
    assert (piles(hoa), piles(hanh)) == ({"undo": 1}, {})
    assert "Số máy?" in hoa.client.get("/work/").content.decode()
    for status, total in (("returned", 1), ("overdue", 0), ("to_review", 0)):
        answer = hoa.client.get(f"/reporting/reports/?status={status}")
        assert answer.context["page"].paginator.count == total
    first = hanh.client.get("/reporting/reports/").context["page"][0]
    assert (first.pk, first.state) == (report.pk, "returned")
    for unit in (province.binh_minh, province.education):
        make_report(report.cycle, unit)
    Report.unscoped.filter(cycle=report.cycle).exclude(pk=report.pk).update(state="submitted")
    first = hanh.client.get("/reporting/reports/").context["page"][0]
    assert first.state == "submitted"
    assert f"/reporting/reports/of/{report.cycle.pk}/approve/" in (
        hanh.client.get("/work/").content.decode()
    )
    later = report.cycle.due_at.replace(year=2099)
    Report.unscoped.filter(pk=report.pk).update(state="open", due_at=later)
    assert piles(hoa) == {}
    ReportTemplate.unscoped.filter(pk=report.cycle.template_id).update(is_request=True)
    assert piles(hoa) == {"calendar-clock": 1}


def test_the_focal_officer_approves_together_and_reads_all_narratives(
    province: Any, hoa: Any, son: Any, bao: Any, hanh: Any, lan: Any, minh: Any
) -> None:
    report = owed(province.root, province.an_hoa)
    flow.submit(report, son.access)
    other = make_report(report.cycle, province.binh_minh)
    write(other)
    other.texts.filter(section="I").update(text="Vận động đồng bào Khmer.")
    flow.submit(other, bao.access)
    Report.unscoped.filter(pk=other.pk).update(warnings=2)
    make_report(report.cycle, province.education)
    address = f"/reporting/reports/of/{report.cycle_id}/"
    shown = hanh.client.get(f"{address}approve/")
    assert [one.pk for one, _why in shown.context["exceptions"]] == [other.pk]
    assert [one.pk for one in shown.context["ready"]] == [report.pk]
    done = hanh.client.post(f"{address}approve/", {"report": [report.pk, other.pk]})
    assert [one.pk for one in done.context["outcome"].done] == [report.pk]
    assert [one.pk for one, _why in done.context["outcome"].left] == [other.pk]
    assert son.client.get(f"{address}approve/").status_code == 404
    for words, units in (("", 2), ("dong bao", 1), ("không có", 0)):
        found = lan.client.get(f"{address}narratives/", {"section": "I", "q": words})
        assert len(found.context["page"]) == units
        assert found.context["all"] == 3
    assert hoa.client.get(f"{address}narratives/").status_code == 404


def test_a_program_declares_and_hands_in_with_the_rights_of_its_person(
    province: Any, hoa: Any, bao: Any, client: Any
) -> None:
    report = owed(province.root, province.an_hoa, written=False, sections=ASKED)

    def headers(person: SimpleNamespace) -> dict[str, str]:
        return {"Authorization": f"Token {Token.objects.get_or_create(user=person.user)[0].key}"}

    def call(person: SimpleNamespace, method: str, path: str, data: Any = None) -> Any:
        more = {"content_type": "application/json"} if data is not None else {}
        address = f"/api/reports/{report.pk}/{path}"
        return getattr(client, method)(address, data, headers=headers(person), **more)

    rows = [
        {"indicator": "digital_signatures", "value": 30, "source": "BC 7"},
        {"indicator": "documents_online", "value": 480, "denominator": 500, "source": "BC 7"},
    ]
    assert call(bao, "put", "declared/", rows).status_code == 404
    assert call(bao, "post", "submit/", {}).status_code == 404
    for _time in range(2):
        assert call(hoa, "put", "declared/", rows).status_code == 200
    assert DeclaredFigure.unscoped.count() == 2
    half = [rows[0] | {"value": 31}, rows[1] | {"value": 501}]
    assert call(hoa, "put", "declared/", half).status_code == 400
    assert set(DeclaredFigure.unscoped.values_list("value", flat=True)) == {30, 480}  # all or none
    refused = call(hoa, "post", "submit/", {})
    assert refused.status_code == 400
    assert {one["key"] for one in refused.json()["checks"]} == {"section:V"}
    assert call(hoa, "get", "submit/").json()["checks"][0]["hard"] is True
    report.texts.create(section="V", text="Không")
    for _time in range(2):
        assert call(hoa, "post", "submit/", {}).json()["state"] == "submitted"
    assert report.events.filter(action="submitted").count() == 1
    listed = client.get("/api/reports/", headers=headers(hoa)).json()["results"]
    assert [(one["id"], one["state"]) for one in listed] == [(report.pk, "submitted")]
