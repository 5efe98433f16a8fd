"""Compile and check the Vietnamese catalogue.

``compile`` writes ``locale/vi/LC_MESSAGES/django.mo`` from ``django.po`` beside it. ``check``
collects every message in the code and templates and fails on a missing, fuzzy, repeated or unused
translation, and on placeholders that differ.

An entry for a message that lives in a library, not in our code, carries the comment ``#. library``.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "vi" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
NOT_SOURCE = ".git .venv var static locale tests tools bench docs __pycache__ *.mo"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def key_of(entry: polib.POEntry) -> tuple[str, str, str]:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural)


def words_of(entry: polib.POEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)


def translations() -> polib.POFile:
    """The entries of the catalogue that say something."""
    catalogue = polib.pofile(str(CATALOGUE), encoding="utf-8")
    kept = polib.POFile()
    kept.metadata = catalogue.metadata
    kept.extend(
        entry
        for entry in catalogue
        if not entry.obsolete and not entry.fuzzy and all(words_of(entry))
    )
    return kept


def compile_catalogue() -> int:
    catalogue = translations()
    catalogue.save_as_mofile(str(COMPILED))
    print(f"{len(catalogue)} messages in {COMPILED.relative_to(ROOT)}")
    return 0


def messages_in_source() -> polib.POFile:
    """What ``makemessages`` finds, worked out in a copy so that no file here changes."""
    with tempfile.TemporaryDirectory() as copy:
        source = Path(copy) / "source"
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE.split()))
        (source / "locale" / "vi" / "LC_MESSAGES").mkdir(parents=True)
        command = [sys.executable, "-m", "django", "makemessages", "-l", "vi", "-e", "py,html,txt"]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return polib.pofile(str(source / "locale/vi/LC_MESSAGES/django.po"), encoding="utf-8")


def fuzzy() -> list[str]:
    catalogue = polib.pofile(str(CATALOGUE), encoding="utf-8")
    return [repr(entry.msgid) for entry in catalogue if entry.fuzzy]


def repeated(catalogue: polib.POFile) -> list[str]:
    """Messages that stand in the catalogue twice: only one of them would be shown."""
    counted = Counter(key_of(entry) for entry in catalogue)
    return [repr(msgid) for (_context, msgid, _plural), number in counted.items() if number > 1]


def wrong_placeholders(catalogue: polib.POFile) -> list[str]:
    """A translation may leave a placeholder out of a plural, but never invent one."""
    wrong = []
    for entry in catalogue:
        allowed = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for words in words_of(entry):
            used = set(PLACEHOLDER.findall(words))
            if not used <= allowed or (not entry.msgid_plural and used != allowed):
                wrong.append(f"{entry.msgid!r} -> {words!r}")
    return wrong


def check_catalogue() -> int:
    catalogue = translations()
    source = messages_in_source()
    translated = {key_of(entry) for entry in catalogue}
    wanted = {key_of(entry) for entry in source}
    findings = {
        "Without Vietnamese": [
            f"{entry.msgid!r} ({entry.occurrences[0][0] if entry.occurrences else '?'})"
            for entry in source
            if key_of(entry) not in translated
        ],
        "Fuzzy": fuzzy(),
        "No longer in the source": [
            repr(entry.msgid)
            for entry in catalogue
            if key_of(entry) not in wanted and not entry.comment.startswith("library")
        ],
        "Placeholders differ": wrong_placeholders(catalogue),
        "Repeated": repeated(catalogue),
    }
    for title, lines in findings.items():
        if lines:
            print(f"{title} ({len(lines)}):", *sorted(lines), sep="\n  ")
    failing = any(findings.values())
    if not failing:
        print(f"{len(wanted)} messages, all in Vietnamese")
    return int(failing)


if __name__ == "__main__":
    actions = {"compile": compile_catalogue, "check": check_catalogue}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit("Usage: python tools/messages.py compile|check")
    sys.exit(actions[sys.argv[1]]())
