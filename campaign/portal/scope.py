"""Whose rows: the one scoping layer, which refuses by default.

A ``Scope`` is a set of subtrees of the ownership tree, named by the paths of their roots.
``Model.objects.within(scope)`` gives the rows that belong to it; ``Model.objects.all()`` raises
as soon as somebody reads from it. ``Model.unscoped`` is for work done for the whole system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

PATH_STEP = 7  # digits of one row id in a path

_system_work: ContextVar[bool] = ContextVar("system_work", default=False)


class Unscoped(RuntimeError):
    """Rows were read without saying on whose behalf."""


@contextmanager
def system_work() -> Iterator[None]:
    """Let a block read unscoped rows: uniqueness checks and framework internals, nothing else."""
    token = _system_work.set(True)
    try:
        yield
    finally:
        _system_work.reset(token)


def path_of(parent_path: str, pk: int) -> str:
    """The path of a unit under ``parent_path``: fixed-width digits, equal order in every database."""
    return f"{parent_path}{pk:0{PATH_STEP}d}"


def next_path(path: str) -> str:
    """The first path that is no longer inside the subtree of ``path``."""
    head, last = path[:-PATH_STEP], path[-PATH_STEP:]
    return f"{head}{int(last) + 1:0{PATH_STEP}d}"


@dataclass(frozen=True)
class Scope:
    """The part of the ownership tree a person may view, edit, manage, or know people of.

    ``paths`` are the roots of subtrees; ``beneath`` those whose subtree belongs to it without the
    root itself; ``includes_place`` also admits records that happened in the subtree but belong to
    somebody else (headline only: never their people).
    """

    kind: str
    paths: tuple[str, ...] = ()
    includes_place: bool = False
    beneath: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.paths or self.beneath)

    def covers(self, path: str) -> bool:
        """Whether the unit with this path stands inside the scope."""
        return any(path.startswith(root) for root in self.paths) or any(
            path.startswith(root) and path != root for root in self.beneath
        )

    def q(self, path_lookup: str) -> Q:
        """The condition that the path found at ``path_lookup`` is inside the scope."""
        condition = Q(pk__in=[])
        for root in self.paths:
            condition |= Q(**{f"{path_lookup}__gte": root, f"{path_lookup}__lt": next_path(root)})
        for root in self.beneath:
            condition |= Q(**{f"{path_lookup}__gt": root, f"{path_lookup}__lt": next_path(root)})
        return condition


NOBODY = Scope("view")


class ScopedQuerySet(models.QuerySet):
    """A queryset that may be composed freely but is read only once it has been scoped."""

    _is_scoped = False

    def within(self, scope: Scope) -> Self:
        """The rows inside the scope, which must be of a kind this model answers to."""
        model: type[ScopedModel] = self.model  # type: ignore[assignment]
        if scope.kind not in model.scope_kinds:
            raise Unscoped(f"{model.__name__} is not read with a {scope.kind} scope.")
        narrowed = self.filter(self.inside(scope))
        narrowed._is_scoped = True
        return narrowed

    def inside(self, scope: Scope) -> Q:
        """What puts a row inside a scope: its owner, or where it happened."""
        model: type[ScopedModel] = self.model  # type: ignore[assignment]
        condition = scope.q(model.path_lookup(model.unit_field))
        if scope.includes_place and model.place_field:
            condition |= scope.q(model.path_lookup(model.place_field))
        return condition

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._is_scoped = self._is_scoped
        return clone

    def _refuse_unscoped(self) -> None:
        # Rows reached from a row in scope (``training_class.sessions``) carry their instance.
        hints: dict[str, Any] = self._hints  # type: ignore[attr-defined]
        if not (self._is_scoped or hints.get("instance") or _system_work.get()):
            raise Unscoped(
                f"{self.model.__name__}: say on whose behalf, with .within(scope); "
                "or use .unscoped for work done for the whole system."
            )

    def _fetch_all(self) -> None:
        self._refuse_unscoped()
        super()._fetch_all()  # type: ignore[misc]

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_unscoped()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._refuse_unscoped()
        return super().count()

    def exists(self) -> bool:
        self._refuse_unscoped()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_unscoped()
        return super().aggregate(*args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_unscoped()
        return super().get(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._refuse_unscoped()
        return super().update(**kwargs)

    def delete(self) -> Any:
        self._refuse_unscoped()
        return super().delete()


class _OpenManager(models.Manager):
    """A manager whose rows count as scoped: for work done for the whole system."""

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        queryset._is_scoped = True  # type: ignore[attr-defined]
        return queryset


def scoped_manager(queryset: type[ScopedQuerySet] = ScopedQuerySet) -> Any:
    """The manager every page uses: it refuses to be read before ``within(scope)``."""
    return models.Manager.from_queryset(queryset)()


def open_manager(queryset: type[ScopedQuerySet] = ScopedQuerySet) -> Any:
    """The manager for migrations, commands, rollups and tests."""
    return _OpenManager.from_queryset(queryset)()


class ScopedModel(models.Model):
    """A record that belongs to a unit; whoever may not see the unit does not see the record."""

    unit_field: ClassVar[str] = "unit"
    place_field: ClassVar[str | None] = None
    scope_kinds: ClassVar[tuple[str, ...]] = ("view", "edit")

    objects: ClassVar[Any] = scoped_manager()
    unscoped: ClassVar[Any] = open_manager()

    class Meta:
        abstract = True

    @classmethod
    def path_lookup(cls, field: str | None) -> str:
        """The lookup of the path of the unit at ``field`` ('' when the row is a unit itself)."""
        return f"{field}__path" if field else "path"

    def validate_unique(self, exclude: Any = None) -> None:
        with system_work():
            super().validate_unique(exclude)

    def validate_constraints(self, exclude: Any = None) -> None:
        with system_work():
            super().validate_constraints(exclude)
