"""Kinds of import of this app; importing the package declares them."""

from reporting.imports import declared, targets

__all__ = ["declared", "targets"]
