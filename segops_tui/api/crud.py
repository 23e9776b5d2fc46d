"""The verbs nearly every noun has, declared once.

Knows how an object is read, changed and deleted by its id; a noun gives its address and record,
and adds `create` and the verbs that are its own beside them.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, cast

from segops_tui.api.endpoint import C_co, Resource, endpoint
from segops_tui.api.record import Record
from segops_tui.api.request import Id, Request, ignore_body, path

R = TypeVar("R", bound=Record)


class Editable(Resource[C_co], Generic[C_co, R]):
    """A collection of objects with ids."""

    address: ClassVar[str]
    """The collection's path, such as `/schemas/`."""
    record: ClassVar[type[Record]]
    """What one object is read as; the class's second parameter says the same to a type checker."""

    @endpoint
    def get(self, object_id: Id, /) -> Request[R]:
        """Fetch one."""
        return Request("GET", self._one(object_id), parse=self._parse)

    @endpoint
    def update(self, object_id: Id, /, **fields: Any) -> Request[R]:
        """Change the fields given."""
        return Request("PATCH", self._one(object_id), parse=self._parse, body=fields)

    @endpoint
    def delete(self, object_id: Id, /) -> Request[None]:
        """Delete one."""
        return Request("DELETE", self._one(object_id), parse=ignore_body)

    def _one(self, object_id: Id) -> str:
        return path(self.address + "{}/", object_id)

    def _parse(self, data: Any) -> R:
        return cast("R", self.record.parse(data))


class Crud(Editable[C_co, R]):
    """A collection whose objects can also be written whole."""

    @endpoint
    def replace(self, object_id: Id, /, **fields: Any) -> Request[R]:
        """Write the whole object."""
        return Request("PUT", self._one(object_id), parse=self._parse, body=fields)
