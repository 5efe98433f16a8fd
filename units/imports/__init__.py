"""Kinds of import of this app; importing the package declares them."""

from units.imports import figures, hamlets, members, organisations, teams

__all__ = ["figures", "hamlets", "members", "organisations", "teams"]
