"""Kinds of import of this app; importing the package declares them."""

from classes.imports import classes, participants

__all__ = ["classes", "participants"]
