"""What relies on an object: rules, connectors, webhooks and pages, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.api.definition import referenced_events, referenced_segments, referenced_skus
from segops_tui.api.record import as_integer
from segops_tui.nouns.activations import CONNECTORS
from segops_tui.nouns.column import Column, Noun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from segops_tui.api.resources.activations import Activation
    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.api.resources.product_segments import ProductSegment
    from segops_tui.api.resources.segments import Segment
    from segops_tui.api.resources.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Use:
    """One object that relies on another."""

    kind: str
    """`rule`, `product rule`, `connector`, `webhook` or `page`."""
    name: str
    place: str
    """Where the console shows it."""
    follows: str = ""
    """What relies on it in turn: `Klaviyo`."""

    @property
    def line(self) -> str:
        """It in words, for a confirmation: `the rule of Buyers → Klaviyo`, `the page Tents`."""
        words = {"page": "the page ", "connector": "", "webhook": ""}.get(self.kind, "the rule of ")
        return f"{words}{self.name}{self.follows}"


def segment_uses(
    ids: Set[int],
    segments: Iterable[Segment],
    activations: Iterable[Activation],
    product_segments: Iterable[ProductSegment] = (),
    webhooks: Iterable[Webhook] = (),
) -> Iterator[Use]:
    """What relies on these segments; a rule names the tools its segment is pushed to."""
    connectors: dict[int, list[Activation]] = {}
    for each in activations:
        connectors.setdefault(each.segment, []).append(each)
    for segment in segments:
        pushed = connectors.get(segment.id, [])
        tools = list(dict.fromkeys(tool_of(each) for each in pushed))
        if segment.id in ids:
            for each in pushed:
                name = f"{segment.name} → {tool_of(each)}"
                yield Use("connector", name, f"activation/{each.id}")
        elif referenced_segments(segment.definition) & ids:
            follows = "".join(f" → {tool}" for tool in tools)
            yield _rule(segment, follows)
    for row in product_segments:
        if referenced_segments(row.definition) & ids:
            yield _product_rule(row)
    for webhook in webhooks:
        if webhook.is_active:
            yield Use("webhook", webhook.url, f"webhook/{webhook.id}")


def event_uses(
    event_type: str, segments: Iterable[Segment], product_segments: Iterable[ProductSegment]
) -> Iterator[Use]:
    """The rules that ask for an event type."""
    for segment in segments:
        if event_type in referenced_events(segment.definition):
            yield _rule(segment)
    for row in product_segments:
        if event_type in referenced_events(row.definition):
            yield _product_rule(row)


def query_uses(ids: Set[int], pages: Iterable[GeneratedPage]) -> Iterator[Use]:
    """The pages that answer these queries."""
    for page in pages:
        if as_integer(page.raw.get("query")) in ids:
            yield _page(page)


def product_uses(
    sku: str,
    pages: Iterable[GeneratedPage],
    product_segments: Iterable[ProductSegment] = (),
    segments: Iterable[Segment] = (),
) -> Iterator[Use]:
    """The pages that show a product, each as its own answer has it, and the rules that name it."""
    for page in pages:
        if sku and sku in map(str, page.product_skus):
            yield _page(page)
    for row in product_segments:
        if sku in referenced_skus(row.definition):
            yield _product_rule(row)
    for segment in segments:
        if sku in referenced_skus(segment.definition):
            yield _rule(segment)


def _rule(segment: Segment, follows: str = "") -> Use:
    return Use("rule", segment.name, f"segment/{segment.id}/rule", follows)


def _product_rule(row: ProductSegment) -> Use:
    return Use("product rule", row.name, f"product-segment/{row.id}/rule")


def _page(page: GeneratedPage) -> Use:
    return Use("page", page.title or page.slug, f"page/{page.id}")


def tool_of(activation: Activation) -> str:
    """The tool of a connector as its maker spells it."""
    return CONNECTORS.get(activation.connector_type, activation.connector_type)


USES: Final[Noun[Use]] = Noun(
    name="use",
    plural="uses",
    title="Used by",
    key=lambda use: use.place,
    label=lambda use: use.name,
    empty="Nothing relies on it.",
    columns=(
        Column("kind", "WHAT", lambda use: use.kind, min_width=12, max_width=12),
        Column(
            "name", "NAME", lambda use: f"{use.name}{use.follows}", flex=True, min_width=16,
            max_width=80,
        ),
    ),
)  # fmt: skip
