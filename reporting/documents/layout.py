"""The measures of an official paper, each with the rule it comes from.

Decree 30/2020/NĐ-CP, Appendix I, says how administrative papers look: Part I for the parts of a
paper, Part II for its copies. Lengths are millimetres, sizes of letters points.
"""

from typing import Final

FONT: Final = "Times New Roman"
"""Part I, section I.3: Times New Roman, Unicode after TCVN 6909:2001, black."""

PAPER: Final = (210, 297)
"""Part I, section I.1: A4, width and height; wide tables and annexes may lie across (I.2)."""

MARGIN_TOP: Final = 20
MARGIN_BOTTOM: Final = 20
"""Part I, section I.4: top and bottom 20 to 25 mm."""

MARGIN_LEFT: Final = 30
"""Part I, section I.4: left 30 to 35 mm."""

MARGIN_RIGHT: Final = 15
"""Part I, section I.4: right 15 to 20 mm."""

HEADER_DISTANCE: Final = 10
"""The page number stands in the middle of the top margin (Part I, section I.7)."""

PAGE_NUMBER: Final = 13
"""Part I, section I.7: Arabic, 13 to 14, centred in the top margin, not shown on the first page."""

NATION: Final = 12
MOTTO: Final = 13
"""Part I, section II.1: the name of the state 12 to 13, the motto 13 to 14, both bold."""

ISSUER: Final = 12
"""Part I, section II.2: the superior body upright, the issuing body bold, capitals 12 to 13."""

NUMBER: Final = 13
"""Part I, section II.3: number and symbol 13, upright."""

PLACE_AND_DATE: Final = 13
"""Part I, section II.4: place and date 13 to 14, italic."""

TITLE: Final = 14
SUBJECT: Final = 14
"""Part I, section II.5: kind of paper and subject 13 to 14, bold, centred."""

BODY: Final = 14
"""Part I, section II.6: text 13 to 14, justified."""

FIRST_LINE: Final = 12.7
"""Part I, section II.6: the first line of a paragraph moves in by 1 or 1.27 cm."""

BETWEEN_PARAGRAPHS: Final = 6
"""Part I, section II.6: at least 6 pt between paragraphs."""

LINES: Final = 1.1
"""Part I, section II.6: from one line to one and a half."""

SIGNER: Final = 14
"""Part I, section II.7: authority of the signer capitals bold, name bold, 13 to 14."""

ROOM_TO_SIGN: Final = 72
"""Points left for signature and seal between the authority and the name."""

RECIPIENTS: Final = 12
RECIPIENT: Final = 11
"""Part I, section II.9: heading 12 bold italic, the recipients 11 upright."""

ANNEX: Final = 14
ANNEX_REFERENCE: Final = 13
"""Part I, section III.1: number and title of an annex 14 bold, its reference 13 to 14 italic."""

TABLE: Final = 12
ANNEX_TABLE: Final = 11
"""Accepted in practice: 10 to 12 in tables."""

RULE_SHARE: Final = 0.4
"""Part I, sections II.2 and II.5: the rule under a name is a third to a half of its line."""

TEXT_WIDTH: Final = PAPER[0] - MARGIN_LEFT - MARGIN_RIGHT
WIDE_TEXT_WIDTH: Final = PAPER[1] - MARGIN_LEFT - MARGIN_RIGHT

HEAD_COLUMNS: Final = (73, 92)
"""The bodies on the left, state and motto on the right: each name on one line."""

FOOT_COLUMNS: Final = (75, 90)
"""Recipients on the left, the signer on the right."""
