"""Import and export resources whose rows, and the rows they point to, stay in scope."""

from __future__ import annotations

from typing import Any, ClassVar

from import_export.resources import ModelResource

from campaign.portal.access import Access
from campaign.portal.scope import ScopedModel


class ScopedResource(ModelResource):
    """A resource that reads and writes on somebody's behalf.

    Every row is validated by the model, as a typed one is; bad rows are reported with the number
    the spreadsheet gives them, and nothing is saved unless all of them are right.
    """

    scope: ClassVar[str] = "edit"

    def __init__(self, *, access: Access, **kwargs: Any) -> None:
        self.access = access
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        """Rows in scope: others can be neither found nor changed."""
        model: type[ScopedModel] = self._meta.model
        return model.objects.within(getattr(self.access, self.scope))
