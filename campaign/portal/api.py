"""Base classes of the read API: the same scopes as the pages, keyset pages, no counting."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import ReadOnlyModelViewSet

from campaign.portal.access import Access, access_of
from campaign.portal.amending import signed_by
from campaign.portal.scope import ScopedModel


class KeysetPagination(CursorPagination):
    """Pages by key, newest first: page 2,000 costs what page 1 costs."""

    page_size = 50
    page_size_query_param = "size"
    max_page_size = 500
    ordering = "-pk"


class ApiMixin:
    """Works out the access of whoever the token or session belongs to, and holds to the rule."""

    access_rule: ClassVar[str] = "signed_in"
    permission_classes: Any = [IsAuthenticated]
    request: Any

    @property
    def access(self) -> Access:
        """The access of the caller, as it is now."""
        if not hasattr(self, "_access"):
            self._access = access_of(self.request.user)
        return self._access

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Sign in, then refuse who does not pass the rule; a one-time password opens nothing."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.user.must_change_password or not self.access.may(self.access_rule):
            raise Http404
        signed_by(request.user.pk)


class ScopedReadViewSet(ApiMixin, ReadOnlyModelViewSet):
    """Read-only resources; rows are narrowed to the caller's scope."""

    scope: ClassVar[str] = "view"
    #: what the address may ask for; anything else is refused by name, never ignored
    query_keys: ClassVar[frozenset[str]] = frozenset({"cursor", "size", "format"})
    pagination_class = KeysetPagination
    model: type[ScopedModel]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = sorted(set(request.query_params) - self.query_keys)
        if unknown:
            raise ValidationError(dict.fromkeys(unknown, "unknown parameter"))

    def get_queryset(self) -> QuerySet[Any]:
        """Rows the caller may see."""
        return self.model.objects.within(getattr(self.access, self.scope))
