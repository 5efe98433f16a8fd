"""Evidence files: what is kept of a photo or PDF, and its small picture for the gallery."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.core.files.base import ContentFile
from PIL import Image

from activities.models import Evidence
from campaign.portal.images import FileRefused, clean_document, clean_photo

THUMBNAIL_SIDE = 480
CONTENT_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".pdf": "application/pdf",
}  # fmt: skip


def cleaned(file: BinaryIO) -> tuple[str, ContentFile]:
    """The kind of a file by what is in it, never by its name, and its safe content."""
    file.seek(0)
    if file.read(5) == b"%PDF-":
        return Evidence.Kind.DOCUMENT, clean_document(file)
    return Evidence.Kind.PHOTO, clean_photo(file)


def thumbnail_name(name: str) -> str:
    """Where the small picture of a stored photo lies."""
    return str(PurePosixPath(name).with_suffix("")) + "_s.jpg"


def keep_thumbnail(evidence: Evidence) -> None:
    """Store a small JPEG beside a photo: a gallery of thirty must open on a slow line."""
    with evidence.file.open("rb") as stored, Image.open(stored) as photo:
        photo.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        flat = Image.new("RGB", photo.size, "white")
        flat.paste(photo, mask=photo.getchannel("A") if photo.mode == "RGBA" else None)
    written = io.BytesIO()
    flat.save(written, format="JPEG", quality=78, optimize=True, progressive=True)
    evidence.file.storage.save(thumbnail_name(evidence.file.name), ContentFile(written.getvalue()))  # type: ignore[arg-type]


def content_type(name: str) -> str:
    """The type a stored file is served with."""
    suffix = PurePosixPath(name).suffix
    if suffix not in CONTENT_TYPES:
        raise FileRefused("kind", name)
    return CONTENT_TYPES[suffix]


def forget(file: Any) -> None:
    """Remove a stored file and its small picture."""
    file.storage.delete(file.name)
    file.storage.delete(thumbnail_name(file.name))
