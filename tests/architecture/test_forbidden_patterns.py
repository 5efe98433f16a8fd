"""House rules a reader of one file cannot see: patterns that break scoping, escaping or CSRF.

Every exception is signed: the file, the pattern, and why it is safe there.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("campaign", "units", "accounts", "classes", "activities", "reporting")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)

#: modules that answer requests: rows are read on somebody's behalf, never for the whole system
ANSWERS = re.compile(
    r"(^|/)(views|forms|filters|api|desk|pages|fields|serializers|resources|admin|exports|"
    r"front|lists|parts|detail|dashboards?)(_\w+)?\.py$|/views/|/forms/|/pages/|/imports/"
)

#: (file, name of the function or class) -> why reading for the whole system is right there
SIGNED_UNSCOPED: dict[tuple[str, str], str] = {
    (
        "campaign/portal/pages.py",
        "stored",
    ): "parts of a record that was locked in scope just before, read by that record",
    (
        "campaign/portal/imports/undoing.py",
        "refuse_if_used",
    ): "only asks whether anything refers to a record in scope",
    (
        "accounts/front.py",
        "front_counts",
    ): "the sign-in page counts the whole province, names nobody",
}

#: (file, pattern) -> why it is safe there
SIGNED_PATTERNS: dict[tuple[str, str], str] = {}

PATTERNS = {
    "mark_safe": r"\bmark_safe\b",
    "raw sql on a manager": r"\.raw\(",
    "extra()": r"\.extra\(",
    "all fields of a model": r"fields\s*=\s*[\"']__all__[\"']",
    "exclude of a form": r"^\s+exclude\s*=\s*[\[(]",
    "csrf_exempt": r"\bcsrf_exempt\b",
    "cache_page": r"\b(cache_page|UpdateCacheMiddleware)\b",
    "request keys into the ORM": r"\*\*\s*(self\.)?request\.",
    "pickle": r"\bimport pickle\b|\bpickle\.",
    "eval": r"(?<![\w.])(eval|exec)\(",
    "format_html with a ready string": r"format_html\(\s*f[\"']",
    "SafeString made by hand": r"\bSafe(String|Text)\((?![\"'])",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def unscoped_reads(source: str) -> list[str]:
    """The functions (``Class.method``) of a module that reach for ``.unscoped``."""
    found: list[str] = []

    def visit(node: ast.AST, trail: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            inner = trail
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = (*trail, child.name)
            if isinstance(child, ast.Attribute) and child.attr in (
                "unscoped",
                "_base_manager",
                "_raw_delete",
            ):
                found.append(".".join(trail[:2]))
            if isinstance(child, ast.Name) and child.id == "system_work":
                found.append(".".join(trail[:2]))
            visit(child, inner)

    visit(ast.parse(source), ())
    return found


def test_nobody_who_answers_requests_reads_for_the_whole_system():
    broken = [
        f"{name_of(path)}: {where}"
        for path in SOURCES
        if ANSWERS.search(name_of(path))
        for where in unscoped_reads(path.read_text())
        if (name_of(path), where) not in SIGNED_UNSCOPED
    ]
    assert broken == []


def test_the_scan_for_unscoped_reads_finds_one():
    assert unscoped_reads("class A:\n def b(self):\n  return M.unscoped.all()") == ["A.b"]
    assert unscoped_reads("def b():\n with system_work():\n  pass") == ["b"]


def test_no_signed_exception_is_out_of_date():
    present = {
        (name_of(path), where) for path in SOURCES for where in unscoped_reads(path.read_text())
    }
    assert set(SIGNED_UNSCOPED) - present == set()
    for file, pattern in SIGNED_PATTERNS:
        assert re.search(PATTERNS[pattern], (ROOT / file).read_text(), re.M), (file, pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_forbidden_pattern_is_nowhere(pattern):
    rule = re.compile(PATTERNS[pattern], re.M)
    broken = [
        f"{name_of(path)}:{text.count(chr(10), 0, hit.start()) + 1}"
        for path in SOURCES
        for text in [path.read_text()]
        for hit in rule.finditer(text)
        if (name_of(path), pattern) not in SIGNED_PATTERNS
    ]
    assert broken == []


SAMPLES = {
    "mark_safe": "x = mark_safe(y)",
    "raw sql on a manager": "M.objects.raw('select')",
    "extra()": "q.extra(where=[])",
    "all fields of a model": 'fields = "__all__"',
    "exclude of a form": "class Meta:\n    exclude = ['a']",
    "csrf_exempt": "@csrf_exempt",
    "cache_page": "@cache_page(60)",
    "request keys into the ORM": "q.filter(**request.GET)",
    "pickle": "import pickle",
    "eval": "eval('1')",
    "format_html with a ready string": 'format_html(f"<b>{x}</b>")',
    "SafeString made by hand": "SafeString(x)",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_scan_finds_each_forbidden_pattern(pattern):
    assert re.search(PATTERNS[pattern], SAMPLES[pattern], re.M)


# --- templates ------------------------------------------------------------------------------

IN_TEMPLATES = {
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])[^>]*>",
    "inline stylesheet": r"<style\b",
    "style attribute": r"\sstyle\s*=",
    "event handler": r"\son[a-z]+\s*=\s*[\"']",
    "unescaped output": r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off",
    "address from elsewhere": r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//",
    "javascript address": r"javascript:",
}


@pytest.mark.parametrize("pattern", IN_TEMPLATES)
def test_templates_are_free_of(pattern):
    rule = re.compile(IN_TEMPLATES[pattern], re.I)
    broken = [
        f"{name_of(path)}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group(0)}"
        for path in TEMPLATES
        for text in [
            re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", "", path.read_text(), flags=re.S)
        ]
        for hit in rule.finditer(text)
    ]
    assert broken == []


def test_every_form_that_posts_carries_the_token():
    form_tag = re.compile(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", re.I | re.S)
    broken = [
        f"{name_of(path)}:{text.count(chr(10), 0, form.start()) + 1}"
        for path in TEMPLATES
        for text in [path.read_text()]
        for form in form_tag.finditer(text)
        if "csrf_token" not in form.group(0)
    ]
    assert broken == []


# --- words ----------------------------------------------------------------------------------

#: letters only Vietnamese writes (French or math signs are left alone)
VIETNAMESE = re.compile(
    "[ăâđêôơưĂÂĐÊÔƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
    "ẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
)
#: a language is called by its own name, a legal act by its own number, whatever the reader reads
NAMES = re.compile(r"Tiếng Việt|\d+/(?:NĐ-CP|QĐ-\w+|TTg)|QĐ-TTg|NĐ-CP")
#: file -> why Vietnamese letters are right in its literals: they are data, not words of the page
SIGNED_WORDS: dict[str, str] = {
    "campaign/text.py": "the alphabet and the unit words the folding works on",
    "campaign/models/vocabulary.py": "default Vietnamese names, kept as data and edited by people",
    "campaign/portal/workbooks/legacy.py": "the syllables by which text in old fonts is told",
    "campaign/portal/workbooks/tables.py": "the words by which totals and signatures are told",
    "campaign/portal/workbooks/write.py": "the one letter that has no decomposed form",
    "reporting/compiled/wording.py": "the words of the provincial report, an official paper",
    "reporting/documents/wording.py": "the words official papers carry by law, in one language",
    "units/models.py": "labels name the Vietnamese word of each kind of hamlet",
}


def literals(source: str) -> list[tuple[int, str]]:
    """Text literals of a module that are not docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_code_speaks_english_and_translations_speak_vietnamese():
    broken = [
        f"{name_of(path)}:{line}: {text[:40]}"
        for path in SOURCES
        if name_of(path) not in SIGNED_WORDS
        # the headings and words people write into files are data
        and not re.search(r"/(demo|data|scenarios|imports)/|demo", name_of(path))
        for line, text in literals(path.read_text())
        if VIETNAMESE.search(NAMES.sub("", text))
    ]
    assert broken == []


def test_templates_speak_english():
    broken = [
        f"{name_of(path)}: {hit.group(0)}"
        for path in TEMPLATES
        for text in [
            re.sub(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}", "", path.read_text(), flags=re.S)
        ]
        for hit in [VIETNAMESE.search(NAMES.sub("", text))]
        if hit
    ]
    assert broken == []


def test_each_signed_exception_for_words_still_needs_it():
    idle = [
        file
        for file in SIGNED_WORDS
        if not any(VIETNAMESE.search(text) for _line, text in literals((ROOT / file).read_text()))
    ]
    assert idle == []
