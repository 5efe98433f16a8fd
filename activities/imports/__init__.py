"""Kinds of import of this app; importing the package declares them."""

from activities.imports import solutions

__all__ = ["solutions"]
