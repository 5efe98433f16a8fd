"""Compile and check the Vietnamese catalogue.

``compile`` merges ``locale/vi/LC_MESSAGES/*.po`` and ``locale/vi/fragments/*.po`` into the one
``django.mo`` that Django reads; the first translation of a message wins, a second, different one is
reported. ``check`` collects every message in the code and templates and fails on a missing, fuzzy
or unused translation, and on placeholders that differ.

An entry for a message that lives in a library, not in our code, carries the comment ``#. library``.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "vi"
COMPILED = CATALOGUE / "LC_MESSAGES" / "django.mo"
NOT_SOURCE = ".git .venv var static locale tests tools bench docs __pycache__ *.mo"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def catalogues() -> list[Path]:
    """The main catalogue first: its words win over a fragment's."""
    main, fragments = CATALOGUE.glob("LC_MESSAGES/*.po"), CATALOGUE.glob("fragments/*.po")
    return [*sorted(main), *sorted(fragments)]


def key_of(entry: polib.POEntry) -> tuple[str, str, str]:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural)


def words_of(entry: polib.POEntry) -> tuple[str, ...]:
    return tuple(entry.msgstr_plural.values()) if entry.msgid_plural else (entry.msgstr,)


def merged() -> tuple[polib.POFile, list[str]]:
    """Every translation we have, each message once, and what was said twice in different words."""
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Language": "vi",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    first: dict[tuple[str, str, str], tuple[polib.POEntry, str]] = {}
    warnings = []
    for path in [
        *sorted(CATALOGUE.glob("LC_MESSAGES/*.po")),
        *sorted(CATALOGUE.glob("fragments/*.po")),
    ]:
        for entry in polib.pofile(str(path), encoding="utf-8"):
            if entry.obsolete or entry.fuzzy or not all(words_of(entry)):
                continue
            known = first.setdefault(key_of(entry), (entry, path.name))
            if known[0] is entry:
                catalogue.append(entry)
            elif words_of(known[0]) != words_of(entry):
                warnings.append(
                    f"{entry.msgid!r}: {known[1]} says {words_of(known[0])}, "
                    f"{path.name} says {words_of(entry)}"
                )
    return catalogue, warnings


def compile_catalogue() -> int:
    catalogue, warnings = merged()
    for warning in warnings:
        print(f"warning: {warning}")
    COMPILED.parent.mkdir(parents=True, exist_ok=True)
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
    return [
        f"{path.name}: {entry.msgid!r}"
        for path in catalogues()
        for entry in polib.pofile(str(path), encoding="utf-8")
        if entry.fuzzy
    ]


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
    catalogue, warnings = merged()
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
        "Two translations": warnings,
    }
    for title, lines in findings.items():
        if lines:
            print(f"{title} ({len(lines)}):", *sorted(lines), sep="\n  ")
    failing = any(lines for title, lines in findings.items() if title != "Two translations")
    if not failing:
        print(f"{len(wanted)} messages, all in Vietnamese")
    return int(failing)


if __name__ == "__main__":
    actions = {"compile": compile_catalogue, "check": check_catalogue}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        sys.exit("Usage: python tools/messages.py compile|check")
    sys.exit(actions[sys.argv[1]]())
