"""Kinds of import of this app; importing the package declares them."""

from activities.imports import activities, models, solutions

__all__ = ["activities", "models", "solutions"]
