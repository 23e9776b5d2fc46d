"""What each route takes, as JSON Schema: bodies by method and path, and query arguments.

The rule language is described from the tables that check it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.condition_types import ConditionField, ConditionType, Kind, condition_types
from segops_tui.api.operators import OPERATORS, Operand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.sandbox.core.routes import Route

Schema = dict[str, Any]

STRING: Final[Schema] = {"type": "string"}
TITLE: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
INTEGER: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
FLAG: Final[Schema] = {"type": "boolean"}
OBJECT: Final[Schema] = {"type": "object"}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
ID: Final[Schema] = {"type": "integer", "minimum": 1}

PROVIDERS: Final = ("chatgpt", "perplexity", "claude", "gemini", "grok")
PRODUCT_TYPES: Final = (
    "string", "number", "boolean", "array", "url", "price", "multi_price", "datetime",
)  # fmt: skip
EVENT_TYPES: Final = ("string", "number", "boolean", "datetime", "array")


def word(*choices: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(choices)}


def array(items: Schema, **limits: int) -> Schema:
    """An array."""
    return {"type": "array", "items": items, **limits}


def fields(_open: bool = False, /, **given: Schema) -> Schema:
    """An object; a name that ends in `_` is optional, `_open` ones may have other fields."""
    made: Schema = {
        "type": "object",
        "properties": {name.removesuffix("_"): schema for name, schema in given.items()},
    }
    if required := [name for name in given if not name.endswith("_")]:
        made["required"] = required
    if not _open:
        made["additionalProperties"] = False
    return made


def ref(name: str) -> Schema:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def _rule(kind: Kind) -> Schema:
    conditions = {"anyOf": [_condition(entry) for entry in condition_types(kind).values()]}
    listed = array(conditions, maxItems=100)
    return {
        "type": "object",
        "properties": {"logic": word("AND", "OR"), "conditions": listed},
        "required": ["logic", "conditions"],
        "additionalProperties": False,
    }


def _condition(entry: ConditionType) -> Schema:
    """A condition; one with an operand is described once for each kind of operand."""
    if "operand" not in {field.kind for field in entry.fields.values()}:
        return _variant(entry, entry.operators, {})
    by_operand: dict[Operand, list[str]] = {}
    for name in entry.operators:
        by_operand.setdefault(OPERATORS[name].operand, []).append(name)
    return {
        "anyOf": [_variant(entry, names, _OPERANDS[kind]) for kind, names in by_operand.items()]
    }


def _variant(entry: ConditionType, operators: Sequence[str], operand: Schema) -> Schema:
    properties: Schema = {"type": {"type": "string", "const": entry.name}}
    required = ["type"]
    for name, field in entry.fields.items():
        if field.kind in {"operand", "second"}:
            if name not in operand:
                continue
            properties[name] = operand[name]
            required.append(name)
            continue
        properties[name] = _field(field, operators)
        if field.required:
            required.append(name)
    closed = {} if entry.is_open else {"additionalProperties": False}
    return {"type": "object", "properties": properties, "required": required, **closed}


_SCALAR: Final[Schema] = {"type": ["string", "number", "boolean"]}
_OPERANDS: Final[dict[Operand, Schema]] = {
    "none": {},
    "scalar": {"value": _SCALAR},
    "text": {"value": _SCALAR},
    "ordered": {"value": _SCALAR},
    "range": {"value": _SCALAR, "value2": _SCALAR},
    "list": {"value": array(_SCALAR, maxItems=20)},
    "pattern": {"value": {"type": "string", "description": "RE2.", "maxLength": 1000}},
}


def _field(field: ConditionField, operators: Sequence[str]) -> Schema:
    match field.kind:
        case "operator":
            return word(*operators)
        case "number":
            return NUMBER
        case "days":
            return {"type": "number", "minimum": 0}
        case "segment":
            return {"anyOf": [ID, {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"}]}
        case "events":
            return array({"type": "string", "minLength": 1}, minItems=2, maxItems=20)
        case "flag":
            return FLAG
        case "word":
            return word(*field.choices)
    return {"type": "string", "minLength": 1}


COMPONENTS: Final[dict[str, Schema]] = {
    "UserRule": _rule("user"),
    "ProductRule": _rule("product"),
    "Event": fields(
        user_id={"type": "string", "minLength": 1, "maxLength": 255},
        event_type={"type": "string", "minLength": 1, "maxLength": 255},
        occurred_at_=MOMENT,
        payload_=OBJECT,
        anonymous_id_=STRING,
    ),
    "ProductField": fields(
        name=TITLE, type_=word(*PRODUCT_TYPES), required_=FLAG, description_=STRING
    ),
    "EventProperty": fields(name=TITLE, type_=word(*EVENT_TYPES), required_=FLAG),
    "Error": {
        "type": "object",
        "description": "`detail`, or the errors of each field.",
        "properties": {"detail": STRING},
    },
}
"""Schemas that others refer to."""

_PRODUCT: Final = fields(True, sku=TITLE, name=TITLE, data_=OBJECT)
_ALIAS: Final = fields(anonymous_id=TITLE, user_id=TITLE)

BODIES: Final[dict[str, Schema]] = {
    "POST /api/segments/": fields(
        name=TITLE,
        description_=STRING,
        segment_type_=word("rule", "ai", "lookalike"),
        tenant_=INTEGER,
        definition_=ref("UserRule"),
        is_active_=FLAG,
    ),
    "POST /api/segments/preview/": fields(definition=ref("UserRule"), limit_=INTEGER),
    "POST /api/segments/{id}/export/": fields(format_=word("csv", "parquet")),
    "POST /api/product-segments/": fields(
        name=TITLE, description_=STRING, definition_=ref("ProductRule"), is_active_=FLAG
    ),
    "PUT /api/pim/schema/": fields(
        fields=array(ref("ProductField")), default_currency_=STRING, default_locale_=STRING
    ),
    "POST /api/pim/products/": _PRODUCT,
    "POST /api/pim/products/bulk/": fields(products=array(_PRODUCT, maxItems=1000)),
    "POST /api/pim/import/{id}/confirm/": fields(
        mapping_={"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        schema_=array(ref("ProductField")),
    ),
    "POST /api/schemas/": fields(event_type=TITLE, properties_=array(ref("EventProperty"))),
    "POST /api/schemas/infer/": fields(events=array(ref("Event"))),
    "POST /api/schemas/validate/": fields(event_type=TITLE, payload=OBJECT),
    "POST /api/activations/": fields(
        segment=ID,
        connector_type=word("klaviyo", "braze", "talonone"),
        config={
            "type": "object",
            "additionalProperties": STRING,
            "example": {"list_id": "L1", "api_key": "not-a-key"},
        },
        status_=word("active", "inactive"),
    ),
    "POST /api/webhooks/": fields(
        url={"type": "string", "format": "uri", "example": "https://example.com/hook"},
        secret_=STRING,
        description_=STRING,
        is_active_=FLAG,
    ),
    "POST /api/explorer/sandbox/publish/": ref("Event"),
    "POST /api/identity/alias/": _ALIAS,
    "POST /api/identity/merge/": fields(from_user_id=TITLE, into_user_id=TITLE),
    "POST /api/ai-reach/queries/": fields(
        query_text={"type": "string", "minLength": 1, "maxLength": 1000},
        category_=STRING,
        tags_=array(STRING),
        providers_=array(word(*PROVIDERS)),
        is_active_=FLAG,
        schedule_=word("hourly", "daily", "weekly"),
    ),
    "POST /api/ai-reach/simulate/": fields(query_text=TITLE, providers_=array(word(*PROVIDERS))),
    "POST /api/ai-reach/competitors/": fields(
        name=TITLE, domain_=STRING, brand_aliases_=array(STRING), is_active_=FLAG
    ),
    "POST /api/ai-pages/pages/": fields(
        slug={"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,50}$"},
        query_={"anyOf": [ID, STRING, {"type": "null"}]},
        title_=STRING,
        published_=FLAG,
    ),
    "POST /api/ai-pages/pages/bulk-generate/": fields(True, queries_=array(STRING), segment_id_=ID),
    "POST /api/ai-pages/pages/{id}/build/": fields(True, template_=STRING),
    "POST /api/ai-pages/pages/{id}/export/": fields(format_=word("tsx", "html", "json")),
    "POST /api/ingestion/track/": ref("Event"),
    "POST /api/ingestion/track/batch/": fields(events=array(ref("Event"), maxItems=500)),
    "POST /api/ingestion/shopify/{text}/": OBJECT,
    "POST /api/auth/token/": fields(email=TITLE, password=TITLE),
    "POST /api/auth/token/refresh/": fields(refresh=TITLE),
    "POST /api/auth/api-keys/": fields(
        name=TITLE,
        tenant_slug_=STRING,
        kind_=word("secret", "public"),
        allowed_origins_=array(STRING),
        require_signed_ids_=FLAG,
    ),
    "POST /api/auth/session/": fields(
        user_id_=STRING, anonymous_id_=STRING, user_id_sig_=STRING, user_id_ts_=INTEGER
    ),
}
"""The body of each route that takes one; an object's PATCH and PUT are made of its POST."""

_PAGE: Final = {"page": ID, "page_size": {"type": "integer", "minimum": 1, "maximum": 200}}
_LIMIT: Final = {"limit": {"type": "integer", "minimum": 1}}

QUERIES: Final[dict[str, dict[str, Schema]]] = {
    "/api/segments/": _PAGE,
    "/api/product-segments/": _PAGE,
    "/api/pim/products/": {"q": STRING, **_PAGE},
    "/api/pim/import/": _PAGE,
    "/api/schemas/": _PAGE,
    "/api/activations/": _PAGE,
    "/api/webhooks/": _PAGE,
    "/api/segments/{id}/members/": {"cursor": STRING, **_LIMIT},
    "/api/segments/membership/": {"user_id!": STRING},
    "/api/segments/{id}/export/": {"export_id!": ID},
    "/api/ai-pages/pages/{id}/export/": {"export_id!": ID},
    "/api/explorer/users/": {"q": STRING, **_LIMIT},
    "/api/explorer/users/{text}/events/": {"event_type": STRING, "since": STRING, **_LIMIT},
    "/api/ai-pages/query": {"q!": STRING, "segment_id": ID, **_LIMIT},
}
"""The query arguments of each GET; `!` marks a required one."""


def body_of(route: Route) -> Schema | None:
    """The body of a route, or None."""
    found = BODIES.get(f"{route.method} {route.path}")
    if found is not None or route.method not in {"PATCH", "PUT"}:
        return found
    whole = BODIES[f"POST {route.path.removesuffix('{id}/')}"]
    if route.method == "PUT":
        return whole
    return {name: value for name, value in whole.items() if name != "required"}
