"""Kinds of import of this app; importing the package declares them."""

from classes.imports import attendance, classes, participants

__all__ = ["attendance", "classes", "participants"]
