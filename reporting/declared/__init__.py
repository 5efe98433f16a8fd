"""Figures units declare: what the portal does not count itself, each with its source.

``indicators`` says what can be declared; ``rules`` what must be true of a declaration; ``sums``
what declarations say of a unit with all beneath it. They never mix with counted figures.
"""
