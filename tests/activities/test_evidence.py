"""Photos and documents: what is kept of them, who may open them, how they leave."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from activities.models import Evidence
from campaign.models import ChangeEntry
from campaign.portal import images
from tests.activities.conftest import pdf, photo_with_place, without_token


def send(person, activity, *files, **more):
    address = reverse("activities:evidence_add", args=[activity.pk])
    return person.client.post(address, {"uploads": list(files), **more}, follow=True)


def file_of(evidence):
    return reverse("activities:evidence_file", args=[evidence.pk])


def body(response):
    return b"".join(response.streaming_content)


def test_a_photo_is_kept_without_the_place_where_it_was_taken(hoa, talk):
    send(hoa, talk, photo_with_place(), caption="Bà con xem hướng dẫn")
    evidence = Evidence.unscoped.get()
    assert (evidence.kind, evidence.caption) == ("photo", "Bà con xem hướng dẫn")
    assert "IMG_0001" not in evidence.file.name
    with Image.open(evidence.file.open()) as kept:
        assert not kept.getexif()
    assert b"Phone Maker" not in evidence.file.open().read()


def test_a_photo_is_shown_with_its_type_and_a_document_is_saved(hoa, talk):
    send(hoa, talk, photo_with_place(), pdf())
    photo, document = Evidence.unscoped.order_by("pk")
    shown = hoa.client.get(file_of(photo))
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "attachment" not in shown.get("Content-Disposition", "")
    small = body(hoa.client.get(file_of(photo), {"size": "s"}))
    assert len(small) < len(body(shown))
    with Image.open(io.BytesIO(small)) as thumbnail:
        assert max(thumbnail.size) == 480
    saved = hoa.client.get(file_of(document))
    assert saved["Content-Type"] == "application/pdf"
    assert saved["Content-Disposition"].startswith('attachment; filename="bien-ban.pdf"')
    assert body(saved).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("anh.jpg", b"<html><script>alert(1)</script></html>"),
        ("anh.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"),
        ("bao-cao.pdf", b"MZ\x90\x00 this is a program"),
        ("rong.jpg", b""),
    ],
)
def test_a_file_is_judged_by_what_is_in_it_not_by_its_name(hoa, talk, name, content):
    answer = send(hoa, talk, SimpleUploadedFile(name, content, content_type="image/jpeg"))
    assert not Evidence.unscoped.exists()
    assert 'role="alert"' in answer.content.decode()


def test_a_program_named_photo_does_not_stop_the_others(hoa, talk):
    send(hoa, talk, SimpleUploadedFile("x.jpg", b"no picture"), photo_with_place())
    assert Evidence.unscoped.count() == 1


def test_a_file_that_is_too_large_is_refused_by_name(hoa, talk, monkeypatch):
    monkeypatch.setattr(images, "LARGEST_FILE", 1000)
    answer = send(hoa, talk, photo_with_place("rat-to.jpg"))
    assert not Evidence.unscoped.exists()
    assert "rat-to.jpg" in answer.content.decode()


def test_a_file_is_nobody_elses(hoa, bao, lan, talk):
    send(hoa, talk, photo_with_place())
    evidence = Evidence.unscoped.get()
    assert lan.client.get(file_of(evidence)).status_code == 200
    foreign = bao.client.get(file_of(evidence))
    remove = reverse("activities:evidence_remove", args=[evidence.pk])
    assert bao.client.post(remove, {"reason": "Không thích"}).status_code == 404
    assert lan.client.post(remove, {"reason": "Không thích"}).status_code == 404
    assert Evidence.unscoped.exists()
    Evidence.unscoped.all().delete()
    missing = bao.client.get(file_of(evidence))
    assert foreign.status_code == missing.status_code == 404
    assert without_token(foreign) == without_token(missing)


def test_nobody_adds_files_to_a_foreign_activity(bao, talk):
    address = reverse("activities:evidence_add", args=[talk.pk])
    assert bao.client.post(address, {"uploads": [photo_with_place()]}).status_code == 404
    assert not Evidence.unscoped.exists()


def test_signed_out_people_get_no_file(hoa, talk, client):
    send(hoa, talk, photo_with_place())
    answer = client.get(file_of(Evidence.unscoped.get()))
    assert answer.status_code == 302


def test_a_file_leaves_with_a_reason_and_for_good(hoa, talk, django_capture_on_commit_callbacks):
    send(hoa, talk, photo_with_place())
    evidence = Evidence.unscoped.get()
    storage, name = evidence.file.storage, evidence.file.name
    remove = reverse("activities:evidence_remove", args=[evidence.pk])
    assert hoa.client.post(remove, {"reason": ""}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        hoa.client.post(remove, {"reason": "Ảnh có mặt trẻ em"})
    assert not Evidence.unscoped.exists()
    assert not storage.exists(name)
    assert ChangeEntry.objects.filter(record_id=talk.pk, reason="Ảnh có mặt trẻ em").exists()


def test_the_form_says_what_must_not_be_sent(hoa, talk):
    hoa.client.cookies["django_language"] = "en"
    assert "identity cards" in hoa.client.get(talk.get_absolute_url()).content.decode()
