"""Activations: secrets stay hidden, differences are pushed, failures are remembered."""

from __future__ import annotations

import json

import pytest

RULE = {
    "logic": "AND",
    "conditions": [{"type": "event_count", "event_type": "x", "operator": "gte", "value": 1}],
}
KLAVIYO = {"list_id": "L1", "api_key": "key_test_1"}


@pytest.fixture
def segment(ask):
    ask.track(("ann", "x"), ("bob", "x"))
    return ask.ok("POST", "/api/segments/", {"name": "Did x", "definition": RULE})["id"]


@pytest.fixture
def connect(ask, segment):
    def make(**fields):
        body = {"segment": segment, "connector_type": "klaviyo", "config": KLAVIYO, **fields}
        return ask.ok("POST", "/api/activations/", body)["id"]

    return make


def read(ask, number):
    return ask.ok("GET", f"/api/activations/{number}/")


def logs(ask, number):
    [health] = [h for h in ask.ok("GET", "/api/analytics/activations/") if h["id"] == number]
    return [
        (log["status"], log["user_count"], log["added"], log["removed"])
        for log in health["sync_logs"]
    ]


def compute(ask, sandbox, segment=1):
    ask.ok("POST", f"/api/segments/{segment}/compute/")
    sandbox.settle()


def sync(ask, sandbox, number):
    assert ask("POST", f"/api/activations/{number}/sync/").status == 202
    sandbox.settle()


def stored_config(sandbox, number):
    row = sandbox.store.connection().execute(
        "SELECT config FROM activations WHERE id = ?", (number,)
    )
    return json.loads(row.fetchone()["config"])


def test_a_connector_starts_inactive_with_its_secrets_hidden(ask, segment):
    made = ask.ok(
        "POST",
        "/api/activations/",
        {"segment": str(segment), "connector_type": "klaviyo", "config": KLAVIYO},
    )

    assert made == {
        "id": 1,
        "segment": segment,
        "connector_type": "klaviyo",
        "config": {"list_id": "L1", "api_key": "***"},
        "status": "inactive",
        "last_synced_at": None,
        "last_error": "",
        "created_at": "2026-06-01T12:00:00Z",
        "updated_at": "2026-06-01T12:00:00Z",
    }
    assert ask.ok("GET", "/api/activations/")["results"] == [made]


@pytest.mark.parametrize(
    ("change", "field", "complaint"),
    [
        ({"segment": 99}, "segment", 'Invalid pk "99" - object does not exist.'),
        ({"segment": 10**30}, "segment", f'Invalid pk "{10**30}" - object does not exist.'),
        ({"segment": "x"}, "segment", "A valid integer is required."),
        ({"segment": None}, "segment", "This field is required."),
        ({"connector_type": "fax"}, "connector_type", '"fax" is not a valid choice.'),
        ({"config": []}, "config", "Expected a dictionary of items but got list."),
        ({"status": "error"}, "status", '"error" is not a valid choice.'),
        (
            {"config": {"a": [{"api_key": "***"}]}},
            "config",
            "a[0].api_key: *** keeps the stored secret, but there is none.",
        ),
    ],
)
def test_a_bad_connector_is_refused_by_its_field(ask, segment, change, field, complaint):
    body = {"segment": segment, "connector_type": "klaviyo", "config": KLAVIYO, **change}

    answer = ask("POST", "/api/activations/", body)

    assert answer.status == 400
    assert json.loads(answer.body) == {field: [complaint]}


def test_a_mask_sent_back_keeps_the_secret(ask, sandbox, connect):
    nested = {**KLAVIYO, "oauth": {"client_secret": "s_test", "scopes": ["a"]}}
    number = connect(config=nested)
    shown = read(ask, number)["config"]
    assert shown == {
        "list_id": "L1",
        "api_key": "***",
        "oauth": {"client_secret": "***", "scopes": ["a"]},
    }

    ask.ok("PATCH", f"/api/activations/{number}/", {"config": {**shown, "list_id": "L2"}})

    assert stored_config(sandbox, number) == {**nested, "list_id": "L2"}


def test_a_new_secret_replaces_the_old_one(ask, sandbox, connect):
    number = connect()

    ask.ok("PATCH", f"/api/activations/{number}/", {"config": {**KLAVIYO, "api_key": "key_new"}})

    assert stored_config(sandbox, number)["api_key"] == "key_new"
    assert read(ask, number)["config"]["api_key"] == "***"


def test_both_spellings_of_talon_one_are_one(ask, connect):
    assert read(ask, connect(connector_type="talon_one"))["connector_type"] == "talonone"


def test_an_active_connector_syncs_the_difference_after_each_recompute(ask, sandbox, connect):
    number = connect(status="active")

    compute(ask, sandbox)
    ask.track(("cyd", "x"))
    ask.ok("POST", "/api/identity/merge/", {"from_user_id": "ann", "into_user_id": "bob"})
    compute(ask, sandbox)
    compute(ask, sandbox)

    assert logs(ask, number) == [
        ("success", 2, 0, 0),
        ("success", 2, 1, 1),
        ("success", 2, 2, 0),
    ]
    after = read(ask, number)
    assert (after["status"], after["last_synced_at"]) == ("active", "2026-06-01T12:00:00.000002Z")


def test_an_inactive_connector_syncs_only_by_hand_and_stays_inactive(ask, sandbox, connect):
    number = connect()
    compute(ask, sandbox)
    assert logs(ask, number) == []

    sync(ask, sandbox, number)

    assert logs(ask, number) == [("success", 2, 2, 0)]
    assert read(ask, number)["status"] == "inactive"


def test_syncing_a_segment_never_computed_clears_the_audience(ask, sandbox, connect):
    number = connect(status="active")
    compute(ask, sandbox)
    draft = ask.ok("POST", "/api/segments/", {"name": "Draft"})["id"]
    ask.ok("PATCH", f"/api/activations/{number}/", {"segment": draft})

    sync(ask, sandbox, number)

    assert logs(ask, number)[0] == ("success", 0, 0, 2)


def test_another_audience_starts_out_empty(ask, sandbox, connect):
    number = connect(status="active")
    compute(ask, sandbox)

    ask.ok("PATCH", f"/api/activations/{number}/", {"config": {"list_id": "L9", "api_key": "***"}})
    sync(ask, sandbox, number)

    assert logs(ask, number)[0] == ("success", 2, 2, 0)


@pytest.mark.parametrize(
    ("connector_type", "config", "words"),
    [
        ("klaviyo", {"list_id": "L"}, "Klaviyo (simulated): the config lacks api_key."),
        (
            "klaviyo",
            {"list_id": "L", "api_key": "bad_test"},
            "Klaviyo (simulated): HTTP 401, the API key is not valid.",
        ),
        ("talonone", {}, "Talon.One (simulated): the config lacks base_url, api_key, audience_id."),
        (
            "braze",
            {"api_key": "k", "rest_endpoint": "https://rest.example.com/"},
            "Braze (simulated): rest_endpoint must be an https address without a slash at its end.",
        ),
    ],
)
def test_a_failed_sync_puts_the_connector_in_error(
    ask, sandbox, connect, connector_type, config, words
):
    number = connect(connector_type=connector_type, config=config, status="active")

    compute(ask, sandbox)

    after = read(ask, number)
    assert (after["status"], after["last_error"], after["last_synced_at"]) == ("error", words, None)
    assert logs(ask, number) == [("error", 0, 0, 0)]


def test_a_connector_in_error_is_left_alone_until_it_is_mended(ask, sandbox, connect):
    number = connect(config={**KLAVIYO, "api_key": "bad"}, status="active")
    compute(ask, sandbox)
    compute(ask, sandbox)
    assert len(logs(ask, number)) == 1

    ask.ok("PATCH", f"/api/activations/{number}/", {"config": KLAVIYO})
    sync(ask, sandbox, number)

    after = read(ask, number)
    assert (after["status"], after["last_error"]) == ("active", "")
    assert logs(ask, number)[0] == ("success", 2, 2, 0)


def test_setting_it_active_clears_the_error(ask, sandbox, connect):
    number = connect(config={**KLAVIYO, "api_key": "bad"}, status="active")
    compute(ask, sandbox)

    after = ask.ok("PATCH", f"/api/activations/{number}/", {"status": "active"})

    assert (after["status"], after["last_error"]) == ("active", "")


def test_a_segment_that_is_gone_is_an_error_not_an_empty_audience(ask, sandbox, connect, segment):
    number = connect(status="active")
    compute(ask, sandbox)
    ask("DELETE", f"/api/segments/{segment}/")

    sync(ask, sandbox, number)

    assert read(ask, number)["last_error"] == f"Segment {segment} no longer exists."


def test_a_sync_takes_its_time_and_a_deleted_connector_takes_it_along(ask, clock, connect):
    number, other = connect(), connect()
    for each in (number, other):
        ask.ok("POST", f"/api/activations/{each}/sync/")
    assert read(ask, number)["last_synced_at"] is None
    assert ask("DELETE", f"/api/activations/{other}/").status == 204

    clock.advance(1)

    assert read(ask, number)["last_synced_at"] == "2026-06-01T12:00:01Z"
    assert ask("GET", f"/api/activations/{other}/").status == 404
    assert ask("POST", f"/api/activations/{other}/sync/").status == 404


def test_product_segments_push_nothing(ask, sandbox, connect):
    number = connect(status="active")
    definition = {
        "logic": "AND",
        "conditions": [{"type": "product_attribute", "property": "sku", "operator": "is_set"}],
    }
    ask.ok("POST", "/api/product-segments/", {"name": "All", "definition": definition})

    ask.ok("POST", "/api/product-segments/1/compute/")
    sandbox.settle()

    assert logs(ask, number) == []
