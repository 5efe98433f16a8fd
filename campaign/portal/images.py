"""Photos and documents people attach as evidence, made safe before they are kept.

A photo is decoded and encoded again, so that nothing but its pixels survives: no place
where it was taken, no owner, no second file hidden behind it. A PDF cannot be rebuilt, so
one that carries scripts, launch actions or other files is refused.
"""

import io
import re
import secrets
import warnings
import zlib
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LARGEST_FILE = 10 * 1024 * 1024
LONGEST_SIDE = 2400
"""Pixels kept on the longer side: enough to print on A4 and to read a document."""

MOST_PIXELS = 50_000_000
"""Pixels a photo may unfold to; a phone of 48 megapixels stays below."""

PHOTO_KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "optimize": True, "progressive": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 85, "method": 4},
}
_ACTIVE_NAMES = {
    b"JavaScript", b"JS", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia", b"XFA",
    b"SubmitForm", b"ImportData", b"GoToE",
}  # fmt: skip
_NAME = re.compile(rb"/([^\s/<>()\[\]{}%]{2,60})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_UNPACKED = 32 * 1024 * 1024


class FileRefused(Exception):
    """An attachment the portal does not keep; ``message`` is for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def clean_photo(file: BinaryIO) -> ContentFile:
    """Return a photo with nothing but its pixels, upright, under a new name.

    The name is random: what people call a photo often says who is in it.
    """
    content = _bounded(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _encoded_again(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise _not_a_photo() from error
    except (OSError, ValueError, TypeError, SyntaxError, LookupError, EOFError) as error:
        raise FileRefused("damaged", _("The photo is damaged. Take or save it again.")) from error
    except (MemoryError, OverflowError, zlib.error) as error:
        raise _too_many_pixels() from error


def clean_document(file: BinaryIO) -> ContentFile:
    """Return a PDF unchanged, under a new name, if it carries nothing that acts."""
    content = _bounded(file)
    is_pdf = content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]
    if not is_pdf:
        raise FileRefused("kind", _("This is not a PDF file. Save the document as PDF."))
    if re.search(rb"/Encrypt\b", content):
        message = _("The PDF is protected by a password. Remove the password and send it again.")
        raise FileRefused("protected", message)
    if _ACTIVE_NAMES.intersection(_names_in(content)):
        message = _("The PDF carries scripts or other files. Print it to a new PDF and send that.")
        raise FileRefused("active", message)
    return ContentFile(content, name=_new_name("pdf"))


def _bounded(file: BinaryIO) -> bytes:
    file.seek(0)
    content = file.read(LARGEST_FILE + 1)
    if not content:
        raise FileRefused("empty", _("The file is empty."))
    if len(content) > LARGEST_FILE:
        message = _("The file is larger than %(size)s MB.")
        raise FileRefused("size", message % {"size": LARGEST_FILE // (1024 * 1024)})
    return content


def _encoded_again(content: bytes) -> ContentFile:
    with Image.open(io.BytesIO(content), formats=list(PHOTO_KINDS)) as photo:
        kind = str(photo.format)
        if kind not in PHOTO_KINDS:
            raise _not_a_photo()
        if photo.width * photo.height > MOST_PIXELS:
            raise _too_many_pixels()
        photo.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        photo.load()
        upright = ImageOps.exif_transpose(photo)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    pixels = _only_pixels(upright, has_transparency=kind != "JPEG")
    written = io.BytesIO()
    pixels.save(written, format=kind, **_SAVE_OPTIONS[kind])
    return ContentFile(written.getvalue(), name=_new_name(PHOTO_KINDS[kind]))


def _only_pixels(photo: Image.Image, *, has_transparency: bool) -> Image.Image:
    """Return a new picture with the same pixels and none of the old one's notes."""
    is_transparent = has_transparency and (
        photo.mode in {"RGBA", "LA", "PA"} or "transparency" in photo.info
    )
    converted = photo.convert("RGBA" if is_transparent else "RGB")
    fresh = Image.new(converted.mode, converted.size)
    fresh.paste(converted)
    return fresh


def _names_in(content: bytes) -> set[bytes]:
    """Return the names a PDF uses, also escaped ones and those in packed streams."""
    names = set()
    for text in (content, *_unpacked_streams(content)):
        for name in set(_NAME.findall(text)):
            names.add(_ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name))
    return names


def _unpacked_streams(content: bytes) -> list[bytes]:
    """Unpack object streams, in which a PDF may hide its actions, within a size."""
    found, room = [], _MOST_UNPACKED
    for place in _STREAM.finditer(content):
        before = content[max(0, place.start() - 400) : place.start()]
        if b"ObjStm" not in _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), before):
            continue
        try:
            text = zlib.decompressobj().decompress(content[place.end() :], room)
        except zlib.error:
            continue
        room -= len(text)
        if room <= 0:
            raise FileRefused("size", _("The PDF holds far more than a document does."))
        found.append(text)
    return found


def _new_name(suffix: str) -> str:
    return f"{secrets.token_hex(12)}.{suffix}"


def _not_a_photo() -> FileRefused:
    return FileRefused("kind", _("This is not a photo. Send a JPEG, PNG or WebP picture."))


def _too_many_pixels() -> FileRefused:
    return FileRefused("pixels", _("The photo has too many pixels. Send a smaller one."))
