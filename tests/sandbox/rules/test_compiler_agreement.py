"""The compiler and a plain Python evaluator agree on random histories and random definitions."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segops_tui.api.catalogue.product_rules import (
    ProductRule,
    References,
    Signal,
    references_in,
    signals_of,
)
from segops_tui.api.definition import check_definition, normalised
from segops_tui.api.operators import OPERATORS
from segops_tui.api.resources.products import Product
from segops_tui.sandbox.rules.compiler import (
    compile_conditions,
    compile_products,
    compile_users,
    register_functions,
)

if TYPE_CHECKING:
    import sqlite3
    from types import ModuleType

    from segops_tui.sandbox.rules.compiler import Compiled


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"segops_tests_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


rules = _load("rule_evaluator")

NOW = 1_700_000_000_000_000
DAY = rules.DAY
EVENT_TYPES = ("order_placed", "page_viewed", "cart_added", "context_identified")
USERS = ("ann", "bob", "anon_1", "anon_2", "Zoë", "🙂", "x' OR '1'='1")
NAMES = (
    "total",
    "country",
    "cart.total",
    "a.b.c",
    'quo"te',
    "back\\slash",
    "br[0]",
    "$",
    "été",
    "🙂",
    "a..b",
    "') --",
)
SKUS = ("A-1", "B 2", "7", "ü", "it's")

SCALARS = st.one_of(
    st.sampled_from(
        (True, False, 0, 1, -1, 5, 2.5, 5.0, 2**63 - 1, 10**20, 1e-7, "0", "1", "true", "false")
    ),
    st.sampled_from(("5", "5.0", "2.5e0", "+5", "05", " 5", "12345678901234567890", "5e400", "a")),
    st.sampled_from(("abc", "ABC", "abcabc", "é", "e\u0301", "🙂", "a,b", "%", "_", "*", "'", '"')),
    st.sampled_from(("2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01 01:00+01:00")),
    st.sampled_from(("2024-01-01T00:00:00.000001Z", "2024-13-01", "2024-02-30T00:00:00Z")),
    st.integers(-20, 20).map(lambda quarters: quarters / 4),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4),
)
VALUES = st.one_of(
    SCALARS,
    SCALARS,
    st.sampled_from((None, "", [], {}, [[]], {"a": {"b": {"c": 5}}}, {"total": "5"})),
    st.lists(SCALARS | st.none() | st.just([5]), max_size=3),
    st.dictionaries(st.sampled_from(("total", "amount", "b", "")), SCALARS, max_size=2),
)
PAYLOADS = st.dictionaries(st.sampled_from((*NAMES, "cart", "a")), VALUES, max_size=4)
MOMENTS = st.one_of(
    st.integers(-16, 2).map(lambda quarters: NOW + quarters * DAY // 4),
    st.sampled_from((NOW - DAY, NOW - DAY + 1, NOW - DAY - 1, NOW + 1, 0)),
)
ORDERED = st.one_of(
    st.integers(-20, 20).map(lambda quarters: quarters / 4),
    st.sampled_from((0, 5, "5", "-1.5", 2**63 - 1)),
)
INSTANTS = st.sampled_from(("2024-01-01", "2023-12-31T23:59:59Z", "2024-01-01T00:00:00.000001Z"))
PATTERNS = st.sampled_from(("a", "^a", "[0-9]+$", "(?i)ABC", r"\.", "é|🙂", "^.$"))
DAYS = st.sampled_from((0, 1, 2, 3, 0.25, 1.5, 1e9))
COMPARISONS = st.sampled_from(("eq", "neq", "gt", "gte", "lt", "lte"))
LOGIC = st.sampled_from(("AND", "OR"))


@st.composite
def comparisons(draw: st.DrawFn, operators: tuple[str, ...]) -> dict[str, Any]:
    """An operator with a fitting value."""
    name = draw(st.sampled_from(operators))
    condition: dict[str, Any] = {"operator": name}
    match OPERATORS[name].operand:
        case "scalar" | "text":
            condition["value"] = draw(SCALARS)
        case "ordered":
            condition["value"] = draw(ORDERED | INSTANTS | SCALARS)
        case "pattern":
            condition["value"] = draw(PATTERNS)
        case "list":
            condition["value"] = draw(st.lists(SCALARS, max_size=60) | st.just("a, 5,abc,,é"))
        case "range":
            bounds = draw(st.sampled_from((ORDERED, INSTANTS, SCALARS)))
            low, high = draw(bounds), draw(bounds)
            together = draw(st.booleans())
            condition |= {"value": [low, high]} if together else {"value": low, "value2": high}
    return condition


@st.composite
def user_conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Any sound condition of a user segment."""
    event = draw(st.sampled_from(EVENT_TYPES))
    name = draw(
        st.sampled_from(
            ("event_count", "recency", "monetary", "event_sequence", "segment_membership")
            + ("event_property", "user_property") * 3
        )
    )
    condition: dict[str, Any] = {"type": name}
    match name:
        case "event_count":
            value = draw(st.sampled_from((0, 1, 2, 3, -1, 1.5)))
            condition |= {"event_type": event, "operator": draw(COMPARISONS), "value": value}
            condition |= {"window_days": draw(DAYS | st.none())}
        case "recency":
            operator = draw(st.sampled_from(("gt", "lt", "eq")))
            condition |= {"event_type": event, "operator": operator, "window_days": draw(DAYS)}
        case "monetary":
            value = draw(st.integers(-20, 20)) / 4
            condition |= {"operator": draw(COMPARISONS), "value": value}
            gaps = {"event_type": event, "property": draw(st.sampled_from(NAMES))}
            gaps["metric"] = draw(st.sampled_from(("sum", "avg", "max")))
            condition |= {key: gaps[key] for key in gaps if draw(st.integers(0, 4))}
        case "event_sequence":
            events = draw(st.lists(st.sampled_from(EVENT_TYPES), min_size=2, max_size=4))
            condition |= {"events": events, "window_days": draw(DAYS)}
            condition |= {"strict": True} if draw(st.booleans()) else {}
        case "segment_membership":
            number = draw(st.sampled_from((1, 2, "2", 99)))
            operator = draw(st.sampled_from(("in", "not_in")))
            condition |= {"segment_id": number, "operator": operator}
        case _:
            condition |= {"event_type": event} if name == "event_property" else {}
            condition |= {"property": draw(st.sampled_from(NAMES))}
            condition |= draw(comparisons(tuple(OPERATORS)))
    return condition


@st.composite
def worlds(draw: st.DrawFn) -> Any:
    """A small history with ties, future events, aliases and stored memberships."""
    cast = st.sampled_from(draw(st.lists(st.sampled_from(USERS), min_size=1, max_size=3)))
    events = [
        rules.Event(number, draw(cast), kind, draw(MOMENTS), draw(PAYLOADS))
        for number, kind in enumerate(
            draw(st.lists(st.sampled_from(EVENT_TYPES), min_size=1, max_size=14)), start=1
        )
    ]
    aliases = draw(
        st.dictionaries(
            st.sampled_from(("anon_1", "anon_2", "bob")), st.sampled_from(("ann", "ghost", "Zoë"))
        )
        | st.just({})
    )
    members = st.lists(st.sampled_from(USERS), unique=True, max_size=3)
    stored = {1: draw(members), 2: draw(members)}
    return rules.World(now=NOW, events=events, aliases=aliases, members=stored)


def _rows(connection: sqlite3.Connection, query: Compiled) -> list[str]:
    return [row[0] for row in connection.execute(query.sql, query.params)]


# Hypothesis shrinks and replays by itself; `derandomize` makes every run the same run.
thorough = settings(
    max_examples=2 * settings.default.max_examples,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@thorough
@given(world=worlds(), logic=LOGIC, conditions=st.lists(user_conditions(), min_size=1, max_size=4))
def test_a_user_segment_has_exactly_the_members_the_rules_give(
    world: Any, logic: str, conditions: list[dict[str, Any]]
) -> None:
    """SQL and plain Python pick the same people, in the same order, with and without aliases.

    So does each condition alone, which explaining a user relies on.
    """
    definition = {"logic": logic, "conditions": conditions}
    assert check_definition(definition) == []
    with contextlib.closing(world.stored()) as connection:
        register_functions(connection)

        found = [
            _rows(connection, compile_users(definition, now=NOW, has_aliases=has_aliases))
            for has_aliases in ({True} if world.aliases else {True, False})
        ]
        queries = compile_conditions(definition, now=NOW, has_aliases=bool(world.aliases))
        alone = [_rows(connection, query) for query in queries]

    expected = rules.matching_users(definition, world)
    assert found == [expected] * len(found)
    assert alone == [
        rules.matching_users({"logic": "OR", "conditions": [condition]}, world)
        for condition in conditions
    ]


@settings(thorough, max_examples=settings.default.max_examples)
@given(conditions=st.lists(user_conditions(), max_size=3))
def test_filling_in_a_definition_twice_changes_nothing_more(
    conditions: list[dict[str, Any]],
) -> None:
    """A normalised definition is sound and is its own normal form."""
    once = normalised({"logic": "AND", "conditions": conditions})

    assert check_definition(once) == []
    assert normalised(once) == once


PRODUCT_NAMES = ("brand", "price", "prices", "tags", "specs.weight", 'quo"te', "sku", "name")
PRODUCT_OPERATORS = tuple(name for name in OPERATORS if name != "matches_regex")
PRICES = st.one_of(
    SCALARS,
    st.just("129.99"),
    st.fixed_dictionaries({}, optional={"amount": SCALARS, "currency": st.just("EUR")}),
    st.lists(st.fixed_dictionaries({"amount": SCALARS}), max_size=2),
)
ALLOWED = {
    "string": ("eq", "neq", "contains", "does_not_contain", "starts_with", "in", "is_set"),
    "number": ("eq", "neq", "gt", "lte", "between", "not_between", "in", "is_not_set"),
    "price": ("eq", "gte", "lt", "between", "not_between", "not_in", "is_set", "is_not_set"),
    "boolean": ("is_true", "is_false"),
    "array": ("contains", "does_not_contain", "is_set", "is_not_set"),
    "url": ("eq", "is_set", "is_not_set"),
}


@st.composite
def product_conditions(draw: st.DrawFn) -> dict[str, Any]:
    """Any sound condition of a product segment."""
    match draw(st.sampled_from(("attribute",) * 6 + ("signal", "signal", "ai"))):
        case "ai":
            return {"type": "ai_visibility_metric"}
        case "signal":
            condition = {
                "type": "user_behavior_signal",
                "signal": draw(st.sampled_from(("purchased_by_segment", "viewed_by_segment"))),
                "segment_id": draw(st.sampled_from(("1", "2", 1, "99"))),
            }
            if draw(st.booleans()):
                condition["event_type"] = draw(st.sampled_from(EVENT_TYPES))
            if draw(st.booleans()):
                condition["product_id_property"] = draw(st.sampled_from(("cart.sku", "été")))
            return condition
    declared = draw(st.none() | st.sampled_from(tuple(ALLOWED)))
    condition = {"type": "product_attribute", "property": draw(st.sampled_from(PRODUCT_NAMES))}
    condition |= {"value_type": declared} if declared else {}
    return condition | draw(comparisons(ALLOWED.get(declared or "", PRODUCT_OPERATORS)))


@st.composite
def shops(draw: st.DrawFn) -> Any:
    """A few products with odd attributes, and events that name some of them."""
    reference = st.sampled_from((*SKUS, 1, 2, 3.0, True, None, ["A-1"]))
    payloads = st.fixed_dictionaries(
        {},
        optional={
            "product_id": reference,
            "été": reference,
            "cart": st.fixed_dictionaries({"sku": reference}),
        },
    )
    kinds = st.sampled_from(("order_completed", "product_viewed", *EVENT_TYPES))
    events = [
        rules.Event(number, draw(st.sampled_from(USERS[:4])), draw(kinds), NOW, draw(payloads))
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]
    data = st.fixed_dictionaries(
        {},
        optional={
            "brand": VALUES,
            "price": PRICES,
            "prices": PRICES,
            "tags": VALUES | st.sampled_from(("a, b", "abc,5", " , ", "true")),
            "specs": st.fixed_dictionaries({"weight": VALUES}),
            "specs.weight": VALUES,
            'quo"te': PRICES,
        },
    )
    skus = draw(st.lists(st.sampled_from(SKUS), unique=True, max_size=4))
    products = [
        {
            "id": number,
            "sku": sku,
            "name": draw(st.sampled_from(("abc", "", "5"))),
            "data": draw(data),
        }
        for number, sku in enumerate(skus, start=1)
    ]
    types = st.sampled_from(("string", "number", "price", "multi_price", "array", "datetime"))
    return rules.World(
        now=NOW,
        events=events,
        aliases=draw(st.sampled_from(({}, {"anon_1": "ann"}, {"bob": "ann", "anon_2": "ann"}))),
        members={1: draw(st.lists(st.sampled_from(USERS[:4]), unique=True)), 2: ["bob"]},
        products=products,
        field_types=draw(st.dictionaries(st.sampled_from(PRODUCT_NAMES[:6]), types)),
    )


def _known(shop: Any, definition: dict[str, Any], *, doubt: str) -> dict[Signal, References]:
    """What reading the events of every member gives."""
    found = {}
    for signal in signals_of(definition):
        members = {shop.who(user) for user in shop.members.get(signal.segment_id, [])}
        payloads = [
            event.payload
            for event in shop.events
            if event.event_type == signal.event_type and shop.who(event.user_id) in members
        ]
        found[signal] = References(frozenset(references_in(payloads, signal.property)), doubt)
    return found


@thorough
@given(
    shop=shops(),
    logic=LOGIC,
    conditions=st.lists(product_conditions(), min_size=1, max_size=3),
    doubt=st.sampled_from(("", "the events of one user were read only in part")),
)
def test_a_product_segment_has_exactly_the_products_the_rules_give(
    shop: Any, logic: str, conditions: list[dict[str, Any]], doubt: str
) -> None:
    """SQL and plain Python pick the same SKUs, whatever is stored in an attribute.

    What a client tells of a product agrees: a yes is among them and a no is not, and all is told
    where all can be known.
    """
    definition = {"logic": logic, "conditions": conditions}
    assert check_definition(definition, kind="product") == []
    query = compile_products(
        definition, field_types=shop.field_types, has_aliases=bool(shop.aliases), now=NOW
    )
    with contextlib.closing(shop.stored()) as connection:
        register_functions(connection)

        found = _rows(connection, query)

    assert found == rules.matching_products(definition, shop)
    rule = ProductRule(definition, shop.field_types, _known(shop, definition, doubt=doubt))
    verdicts = {each["sku"]: rule.verdict(Product(each)) for each in shop.products}
    told = {sku: verdict for sku, verdict in verdicts.items() if verdict is not None}
    assert told == {sku: sku in found for sku in told}
    assert told == verdicts or not rule.is_certain
