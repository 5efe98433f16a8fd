"""Kinds of import of this app; importing the package declares them."""

from reporting.imports import declared

__all__ = ["declared"]
