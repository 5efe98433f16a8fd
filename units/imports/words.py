"""The words of the imports of this app."""

from pathlib import Path

from campaign.portal.imports.word_lists import Words

_FILE = Path(__file__).parents[1] / "data" / "import_words.csv"


def words_of(kind: str) -> Words:
    """The words of one kind of import."""
    return Words(_FILE, kind)
