"""Office files as packages whose bytes depend on nothing but what is in them."""

import io
import zipfile
from collections.abc import Mapping

DAY_OF_NO_MEANING = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip archive can name: the portal does not write when a file was made."""


def repacked(content: bytes, *, instead: Mapping[str, bytes] | None = None) -> bytes:
    """The same parts in the same order, without the moment of packing or the packing system.

    ``instead``: parts to be written in place of those of the same name.
    """
    given = instead or {}
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed,
    ):
        for name in made.namelist():
            part = zipfile.ZipInfo(name, DAY_OF_NO_MEANING)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0
            packed.writestr(part, given.get(name) or made.read(name))
    return buffer.getvalue()
