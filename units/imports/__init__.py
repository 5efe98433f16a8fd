"""Kinds of import of this app; importing the package declares them."""

from units.imports import members, teams

__all__ = ["members", "teams"]
