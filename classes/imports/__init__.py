"""Kinds of import of this app; importing the package declares them."""

from classes.imports import participants

__all__ = ["participants"]
