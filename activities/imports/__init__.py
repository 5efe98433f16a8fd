"""Kinds of import of this app; importing the package declares them."""

from activities.imports import models, solutions

__all__ = ["models", "solutions"]
