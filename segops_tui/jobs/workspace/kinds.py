"""The kinds of objects a workspace folder has: their fields, keys, references and order.

Everything else in this package reads this table. Fields that are not in it belong to the server
(ids, counters, times, statuses of work) and are neither written nor compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from segops_tui.api.resources.activations import Activations
from segops_tui.api.resources.competitors import Competitors
from segops_tui.api.resources.pages import Pages
from segops_tui.api.resources.product_segments import ProductSegments
from segops_tui.api.resources.queries import PROVIDERS, Queries
from segops_tui.api.resources.schemas import Schemas
from segops_tui.api.resources.segments import Segments
from segops_tui.api.resources.webhooks import Webhooks

if TYPE_CHECKING:
    from segops_tui.api.definition import Kind as RuleKind

FieldType = Literal[
    "text", "flag", "texts", "definition", "properties", "config", "reference", "secret"
]

REQUIRED: Final[Any] = object()
"""The default of a field that a document must have."""
UNMANAGED: Final[Any] = object()
"""The default of a field that is left to the server where a document does not have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentField:
    """One field of a document. A document without it means its default."""

    name: str
    type: FieldType = "text"
    default: Any = REQUIRED
    choices: tuple[str, ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()
    """Words of the server that mean the same as one of ours."""
    longest: int = 255
    form: Literal["", "slug", "url"] = ""
    is_exact: bool = False
    """Whether spaces at either end are part of a text."""
    to: str = ""
    """The kind a reference is to."""
    rule: RuleKind = "user"
    """Whose rule a definition is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of objects."""

    name: str
    """As the command and the folder name it."""
    one: str
    fields: tuple[DocumentField, ...]
    key: tuple[str, ...]
    """The fields that identify an object to its users; not always unique on the server."""
    resource: Any
    """The class of its endpoints."""

    @property
    def by_name(self) -> dict[str, DocumentField]:
        """The fields by name."""
        return {field.name: field for field in self.fields}


_ACTIVE: Final = DocumentField(name="is_active", type="flag", default=True)
_DESCRIPTION: Final = DocumentField(name="description", default="", longest=10_000)

_ALL: Final = (
    Kind(
        name="schemas",
        one="schema",
        key=("event_type",),
        resource=Schemas,
        fields=(
            DocumentField(name="event_type", is_exact=True),
            _DESCRIPTION,
            DocumentField(name="properties", type="properties"),
        ),
    ),
    Kind(
        name="competitors",
        one="competitor",
        key=("name",),
        resource=Competitors,
        fields=(
            DocumentField(name="name"),
            DocumentField(name="domain", default=""),
            DocumentField(name="brand_aliases", type="texts", default=()),
            _ACTIVE,
        ),
    ),
    Kind(
        name="webhooks",
        one="webhook",
        key=("url",),
        resource=Webhooks,
        fields=(
            DocumentField(name="url", longest=2000, form="url"),
            _DESCRIPTION,
            _ACTIVE,
            DocumentField(name="secret", type="secret", default=""),
        ),
    ),
    Kind(
        name="queries",
        one="query",
        key=("query_text",),
        resource=Queries,
        fields=(
            DocumentField(name="query_text", longest=1000),
            DocumentField(name="category", default=""),
            DocumentField(name="tags", type="texts", default=()),
            DocumentField(name="providers", type="texts", default=(), choices=PROVIDERS),
            _ACTIVE,
            DocumentField(name="schedule", default="daily", choices=("hourly", "daily", "weekly")),
        ),
    ),
    Kind(
        name="segments",
        one="segment",
        key=("name",),
        resource=Segments,
        fields=(
            DocumentField(name="name"),
            _DESCRIPTION,
            DocumentField(name="segment_type", default="rule", choices=("rule", "ai", "lookalike")),
            DocumentField(name="definition", type="definition", default=()),
            _ACTIVE,
        ),
    ),
    Kind(
        name="product-segments",
        one="product segment",
        key=("name",),
        resource=ProductSegments,
        fields=(
            DocumentField(name="name"),
            _DESCRIPTION,
            DocumentField(name="definition", type="definition", default=(), rule="product"),
            _ACTIVE,
        ),
    ),
    Kind(
        name="pages",
        one="page",
        key=("slug",),
        resource=Pages,
        fields=(
            DocumentField(name="slug", longest=200, form="slug"),
            DocumentField(name="query", type="reference", to="queries", default=None),
            DocumentField(name="title", default=UNMANAGED, longest=1000),
            DocumentField(name="published", type="flag", default=False),
        ),
    ),
    Kind(
        name="activations",
        one="activation",
        key=("connector_type", "segment"),
        resource=Activations,
        fields=(
            DocumentField(name="segment", type="reference", to="segments"),
            DocumentField(
                name="connector_type",
                choices=("klaviyo", "braze", "talonone"),
                spellings=(("talon_one", "talonone"),),
            ),
            DocumentField(name="config", type="config"),
            DocumentField(
                name="status",
                default="inactive",
                choices=("inactive", "active"),
                # The state of an active connector whose last sync failed.
                spellings=(("error", "active"),),
            ),
        ),
    ),
)

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in _ALL}
"""By name, those that others refer to before those that refer to them."""

REFERRED: Final = ("queries", "segments")
"""The kinds that others refer to."""
