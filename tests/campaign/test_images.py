"""Attachments keep their pixels and lose everything else."""

import io
import zlib

import pytest
from PIL import Image

from campaign.portal.images import FileRefused, clean_document, clean_photo


def photo(kind="JPEG", size=(64, 48), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, (200, 40, 40, 128)[: len(mode)]).save(out, format=kind, **options)
    return out.getvalue()


def with_gps():
    exif = Image.Exif()
    exif[0x010F] = "Máy ảnh của Bảy"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (10.0, 22.0, 33.0)
    return photo(exif=exif, comment=b"at home")


def cleaned(content):
    return Image.open(clean_photo(io.BytesIO(content)))


def refusal(clean, content):
    with pytest.raises(FileRefused) as refused:
        clean(io.BytesIO(content))
    assert refused.value.message
    return refused.value.code


def test_the_place_a_photo_was_taken_is_gone():
    before = Image.open(io.BytesIO(with_gps()))
    assert before.getexif().get_ifd(0x8825)
    after = cleaned(with_gps())
    assert not after.getexif()
    assert "comment" not in after.info
    assert after.size == (48, 64)  # the camera lay on its side


def test_what_hides_behind_a_photo_is_gone():
    hidden = photo() + b"<script>alert(1)</script>"
    assert b"script" not in clean_photo(io.BytesIO(hidden)).read()


def test_text_notes_of_a_png_are_gone():
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", "Bảy")
    assert "Author" not in cleaned(photo("PNG", pnginfo=notes)).info


@pytest.mark.parametrize(
    ("kind", "mode", "suffix"),
    [("JPEG", "RGB", "jpg"), ("JPEG", "L", "jpg"), ("PNG", "RGBA", "png"), ("WEBP", "RGB", "webp")],
)
def test_a_photo_keeps_its_kind_and_gets_a_new_name(kind, mode, suffix):
    content = io.BytesIO()
    Image.new(mode, (20, 20)).save(content, format=kind)
    kept = clean_photo(content)
    assert Image.open(kept).format == kind
    assert kept.name.endswith(f".{suffix}")


def test_transparency_of_a_png_survives():
    assert cleaned(photo("PNG", mode="RGBA")).getpixel((0, 0)) == (200, 40, 40, 128)


def test_a_large_photo_is_made_smaller():
    assert cleaned(photo(size=(4000, 1000))).size == (2400, 600)


def test_a_photo_of_too_many_pixels_is_refused_before_it_unfolds():
    assert refusal(clean_photo, photo("PNG", size=(9000, 9000))) == "pixels"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_other_pictures_are_refused(kind):
    assert refusal(clean_photo, photo(kind)) == "kind"


@pytest.mark.parametrize("content", [b"<svg onload='x'/>", b"%PDF-1.7", b"\xff\xd8\xff rest"])
def test_what_is_not_a_photo_is_refused(content):
    assert refusal(clean_photo, content) in {"kind", "damaged"}


def test_half_a_photo_is_refused():
    content = photo(size=(600, 600))
    assert refusal(clean_photo, content[: len(content) // 2]) == "damaged"


@pytest.mark.parametrize("clean", [clean_photo, clean_document])
def test_empty_and_oversize_files_are_refused(clean):
    assert refusal(clean, b"") == "empty"
    assert refusal(clean, b"\xff" * (10 * 1024 * 1024 + 1)) == "size"


def pdf(body=b"1 0 obj<</Type/Catalog>>endobj"):
    return b"%PDF-1.7\n" + body + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def test_a_plain_pdf_is_kept_as_it_is():
    kept = clean_document(io.BytesIO(pdf()))
    assert kept.read() == pdf()
    assert kept.name.endswith(".pdf")


@pytest.mark.parametrize(
    "body",
    [
        b"<</S/JavaScript/JS(app.alert)>>",
        b"<</S /Launch /F (cmd.exe)>>",
        b"<</Type/EmbeddedFile>>",
        b"<</S/J#61vaScript>>",
        b"1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n"
        + zlib.compress(b"<</S/Launch>>")
        + b"\nendstream",
    ],
)
def test_a_pdf_that_acts_is_refused(body):
    assert refusal(clean_document, pdf(body)) == "active"


def test_a_protected_pdf_is_refused():
    assert refusal(clean_document, pdf(b"<</Encrypt 5 0 R>>")) == "protected"


def test_a_page_dressed_as_pdf_is_refused():
    assert refusal(clean_document, b"<html>%PDF-1.7 %%EOF") == "kind"
