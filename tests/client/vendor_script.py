"""A script in the vendor's words: every call form of its Python SDK, with the import left open.

`run` makes each call once against a fresh workspace and returns what it answered, as JSON, so that
two clients can be compared word for word.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

RULE = {"logic": "AND", "conditions": [{"type": "monetary", "operator": "gte", "value": 200}]}
CHEAP = {
    "logic": "AND",
    "conditions": [
        {"type": "product_attribute", "property": "brand", "operator": "eq", "value": "Acme"}
    ],
}
FIELDS = {
    "fields": [{"name": "brand", "type": "string", "required": False, "description": ""}],
    "default_currency": "USD",
}
EVENT = {"user_id": "u_0", "event_type": "order_placed", "payload": {"total": 250}}
CSV = b"sku,name,brand\nSKU-9,Nine,Acme\n"


def run(client: Any, error: type[Exception], settle: Callable[[], None]) -> dict[str, Any]:
    """Call everything, and return each answer by the call that was made.

    `settle` lets the server finish its work, where a script of the vendor's would sleep.
    """
    said: dict[str, Any] = {}

    def note(call: str, answer: Any) -> Any:
        said[call] = json.loads(json.dumps(answer))
        return answer

    # The escape hatch, and what the rest stands on.
    http = client.http
    note("http.request(form)", http.request("PUT", "/pim/schema/", body=FIELDS))
    for user in ("u_0", "u_1"):
        http.request("POST", "/ingestion/track/", body={**EVENT, "user_id": user}, idempotent=True)
    note("http.request(query)", http.request("GET", "/segments/", query={"page": 1}))
    note("http.request(path?query)", http.request("GET", "/segments/?page=1"))
    form = ("file", "products.csv", CSV)
    note("http.request(form=)", http.request("POST", "/pim/import/csv/", form=form))

    # Segments.
    segments = client.segments
    vip = note("segments.create(body)", segments.create({"name": "VIPs", "definition": RULE}))
    other = segments.create({"name": "Others"})
    at = vip["id"]
    note("segments.list()", segments.list())
    note("segments.list(params)", segments.list({"page": 1, "page_size": 1}))
    note("segments.iterate()", [segment["name"] for segment in segments.iterate()])
    note("segments.iterate(params)", [s["name"] for s in segments.iterate({"page_size": 1})])
    note("segments.get(id)", segments.get(at))
    note("segments.get(text)", segments.get(str(at)))
    note("segments.update(id, body)", segments.update(at, {"name": "VIPs 2"}))
    whole = {"name": "VIPs 3", "definition": RULE}
    note("segments.update(PUT)", segments.update(at, whole, method="PUT"))
    note("segments.preview(definition)", segments.preview(RULE))
    note("segments.estimate(id)", segments.estimate(at))
    note("segments.versions(id)", segments.versions(at))
    note("segments.versions(id)[0]", segments.versions(at)[0]["definition"])
    note("segments.recompute(id)", segments.recompute(at))
    settle()
    note("segments.members(id)", sorted(m["user_id"] for m in segments.members(at)["results"]))
    note("segments.members(id, params)", segments.members(at, {"page": 1, "limit": 1}))
    note("segments.membership(user)", segments.membership("u_0"))
    note("segments.export(id)", segments.export(at)["format"])
    note("segments.export(id, format=)", segments.export(at, format="csv")["id"])
    note("segments.delete(id)", segments.delete(other["id"]))
    note("http.paginate(path)", [s["name"] for s in http.paginate("/segments/")])
    note("http.paginate(path, q)", [s["id"] for s in http.paginate("/segments/", {"page_size": 1})])

    # Products.
    products = client.products
    rows = [{"sku": f"SKU-{n}", "name": f"Number {n}", "brand": "Acme"} for n in range(3)]
    note("products.bulk_upsert(rows)", products.bulk_upsert(rows))
    made = note("products.create(body)", products.create({"sku": "A", "name": "Alpha"}))
    note("products.list()", products.list())
    note("products.list(params)", products.list({"brand": "Acme", "page_size": 2}))
    note("products.iterate(params)", [p["sku"] for p in products.iterate({"q": "number"})])
    note("products.get(id)", products.get(made["id"]))
    note("products.update(id, body)", products.update(made["id"], {"data": {"brand": "B"}}))
    note("products.score(id)", products.score(made["id"]))
    note("products.score_all()", products.score_all())
    note("products.facets()", products.facets())
    note("products.schema()", products.schema())
    job = note("products.import_csv(bytes)", products.import_csv(CSV))
    named = note("products.import_csv(bytes, name)", products.import_csv(CSV, "catalogue.csv"))
    note("products.import_status(id)", products.import_status(job["job_id"]))
    confirmed = products.confirm_import(job["job_id"], {"confirmed": True})
    note("products.confirm_import(id, body)", confirmed)
    note("the uploaded file's name", named["filename"])
    note("products.delete(id)", products.delete(made["id"]))

    # Product segments.
    sets = client.product_segments
    acme = note("product_segments.create(body)", sets.create({"name": "A", "definition": CHEAP}))
    note("product_segments.list()", sets.list()["count"])
    note("product_segments.get(id)", sets.get(acme["id"])["name"])
    note("product_segments.update(id, body)", sets.update(acme["id"], {"name": "B"}))
    note("product_segments.recompute(id)", sets.recompute(acme["id"]))
    note("product_segments.iterate()", [s["name"] for s in sets.iterate()])
    note("product_segments.delete(id)", sets.delete(acme["id"]))

    # Event schemas.
    schemas = client.schemas
    body = {
        "event_type": "order_paid",
        "properties": [{"name": "total", "type": "number", "required": True}],
    }
    schema = note("schemas.create(body)", schemas.create(body))
    note("schemas.list()", schemas.list())
    note("schemas.iterate()", [s["event_type"] for s in schemas.iterate()])
    note("schemas.get(id)", schemas.get(schema["id"]))
    note("schemas.update(id, body)", schemas.update(schema["id"], {"event_type": "paid"}))
    note("schemas.infer(events)", schemas.infer([EVENT]))
    note("schemas.validate(type, payload)", schemas.validate("paid", {"total": "much"}))
    note("schemas.delete(id)", schemas.delete(schema["id"]))

    # Activations.
    activations = client.activations
    config = {"list_id": "L", "api_key": "pk_not_a_real_one"}
    wanted = {"segment": at, "connector_type": "klaviyo", "config": config}
    connector = note("activations.create(body)", activations.create(wanted))
    note("activations.list()", activations.list()["results"])
    note("activations.get(id)", activations.get(connector["id"]))
    note("activations.update(id, b)", activations.update(connector["id"], {"status": "active"}))
    note("activations.sync(id)", activations.sync(connector["id"]))
    note("activations.iterate()", [a["id"] for a in activations.iterate()])
    note("activations.delete(id)", activations.delete(connector["id"]))

    # Users and identity.
    users = client.users
    note("users.search()", users.search())
    note("users.search(params)", users.search({"q": "u_0"}))
    note("users.get(id)", users.get("u_0"))
    note("users.events(id)", users.events("u_0"))
    note("users.events(id, params)", users.events("u_0", {"since": "2020-01-01", "limit": 1}))
    note("users.segments(id)", users.segments("u_0"))
    note("users.explain(id, segment)", users.explain("u_0", at))
    note("users.explain(id, segment_id=)", users.explain("u_0", segment_id=at))
    note("users.publish_sandbox(event)", users.publish_sandbox(EVENT))
    note("identity.alias(a, u)", client.identity.alias("anon_1", "u_0"))
    note("identity.merge(a, b)", client.identity.merge("u_1", "u_0"))

    # AI queries.
    queries = client.queries
    asked = note("queries.create(body)", queries.create({"query_text": "Number 1"}))
    note("queries.list()", queries.list())
    note("queries.list()[0]", queries.list()[0]["query_text"])
    note("queries.iterate()", [q["query_text"] for q in queries.iterate()])
    note("queries.get(id)", queries.get(asked["id"]))
    note("queries.update(id, body)", queries.update(asked["id"], {"category": "shoes"}))
    note("queries.run(id)", queries.run(asked["id"]))
    note("queries.results(id)", len(queries.results(asked["id"])))
    simulated = queries.simulate({"query_text": "Number 1", "providers": ["claude"]})
    note("queries.simulate(body)", simulated["query_text"])
    note("queries.dashboard()", sorted(queries.dashboard()))
    note("queries.win_rate()", queries.win_rate())
    note("queries.win_rate(params)", queries.win_rate({"days": 30}))

    # AI pages.
    pages = client.pages
    page = note("pages.create(body)", pages.create({"slug": "boots", "query": asked["id"]}))
    note("pages.list()", pages.list())
    note("pages.get(id)", pages.get(page["id"]))
    note("pages.update(id, body)", pages.update(page["id"], {"title": "Boots"}))
    note("pages.build(id, body)", pages.build(page["id"], {"template": "default"}))
    settle()
    note("pages.get(built)", pages.get(page["id"])["builder_status"])
    note("pages.publish(id)", pages.publish(page["id"])["published"])
    note("pages.export(id)", pages.export(page["id"])["format"])
    note("pages.export(id, format=)", pages.export(page["id"], format="json")["format"])
    note("pages.regenerate(id)", pages.regenerate(page["id"]))
    queued = pages.bulk_generate({"queries": ["warm socks"]})
    note("pages.bulk_generate(body)", queued["status"])
    note("pages.iterate()", [p["slug"] for p in pages.iterate()])
    note("pages.query(q)", pages.query("boots")["query"])
    note("pages.query(q, params)", len(pages.query("number", {"limit": 1})["products"]))
    note("pages.delete(id)", pages.delete(page["id"]))
    note("queries.delete(id)", queries.delete(asked["id"]))

    # Analytics.
    analytics = client.analytics
    note("analytics.overview()", analytics.overview())
    note("analytics.segments()", analytics.segments())
    note("analytics.overlap()", analytics.overlap())
    note("analytics.activations()", analytics.activations())
    note("analytics.usage()", analytics.usage())

    # What records and pages can do, and what errors carry.
    listed = segments.list({"page_size": 1})
    keys = [key in listed for key in ("count", "next", "previous", "results")]
    note("the keys of a page", [keys, listed["count"], len(listed["results"])])
    found = segments.get(at)
    note("a record", [found.get("name"), found.get("no"), "name" in found, sorted(found)])
    for call, make in (
        ("a missing object", lambda: segments.get(9999)),
        ("a body without what is required", lambda: segments.create({})),
        ("a definition of nonsense", lambda: segments.preview({"logic": "XOR"})),
    ):
        try:
            make()
        except error as refusal:
            note(call, [refusal.status, refusal.body])  # type: ignore[attr-defined]
    return said
