"""Segments over the wire, in both colours and through both doors (contract §2)."""

from __future__ import annotations

import pytest

from segops_tui.api.errors import Gone, Invalid, NotFound

BUYERS = {
    "logic": "AND",
    "conditions": [
        {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 1}
    ],
}


async def test_a_segment_lives_from_create_to_delete(caller):
    """Created as a draft, read back, changed, replaced, deleted, gone."""
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    changed = await caller(lambda c: c.segments.update(made.id, description="who bought"))
    replaced = await caller(lambda c: c.segments.replace(made.id, name="All buyers"))
    read = await caller(lambda c: c.segments.get(made.id))
    await caller(lambda c: c.segments.delete(made.id))

    assert (made.status, made.member_count, made.last_computed_at) == ("draft", 0, None)
    assert (made.segment_type, made.is_active, made.definition) == ("rule", True, BUYERS)
    assert (changed.name, changed.description) == ("Buyers", "who bought")
    assert replaced == read
    assert read.name == "All buyers"
    with pytest.raises(NotFound, match="Not found"):
        await caller(lambda c: c.segments.get(made.id))


async def test_a_listing_is_walked_to_its_last_page(caller):
    """Seven segments in pages of three arrive as seven, in order."""
    for number in range(7):
        await caller(lambda c, n=number: c.segments.create(name=f"Segment {n}"))

    walked = await caller.all(lambda c: c.segments.list(page_size=3))
    first = await caller.page(lambda c: c.segments.list(page_size=3))

    assert [segment.name for segment in walked] == [f"Segment {n}" for n in range(7)]
    assert (first.count, first.more, len(first.items)) == (7, True, 3)
    assert first.raw["next"] == "/api/segments/?page_size=3&page=2"


async def test_a_page_beyond_the_last_is_not_found(caller):
    with pytest.raises(NotFound, match="Invalid page"):
        await caller.page(lambda c: c.segments.list(page=2))


async def test_a_compute_is_queued_then_computing_then_computed(caller, ask, clock):
    """It advances when looked at, by the clock, and members appear at the end."""
    ask.track(("ann", "order_placed"), ("bob", "order_placed"), ("cyd", "page_viewed"))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))

    queued = await caller(lambda c: c.segments.compute(made.id))
    at_once = await caller(lambda c: c.segments.get(made.id))
    clock.advance(0.2)
    meanwhile = await caller(lambda c: c.segments.get(made.id))
    clock.advance(0.5)
    done = await caller(lambda c: c.segments.get(made.id))
    members = await caller.all(lambda c: c.segments.members(made.id))

    assert queued.status == "queued"
    assert [at_once.status, meanwhile.status, done.status] == ["draft", "computing", "computed"]
    assert meanwhile.is_computing
    assert (done.member_count, done.last_computed_at) == (2, clock.now)
    assert [(m.user_id, m.computed_at) for m in members] == [("ann", clock.now), ("bob", clock.now)]


async def test_a_segment_without_conditions_is_not_computed(caller):
    made = await caller(lambda c: c.segments.create(name="Empty"))

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.segments.compute(made.id))

    assert caught.value.fields == {"definition": ["conditions: add at least one condition."]}


async def test_each_saved_definition_is_a_version(caller):
    """Newest first; a change of the name alone makes none."""
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    either = {**BUYERS, "logic": "OR"}
    await caller(lambda c: c.segments.update(made.id, definition=either))
    await caller(lambda c: c.segments.update(made.id, name="Renamed"))

    versions = await caller.all(lambda c: c.segments.versions(made.id))

    assert [(v.version, v.definition["logic"]) for v in versions] == [(2, "OR"), (1, "AND")]


async def test_a_preview_counts_samples_and_shows_its_sql(caller, ask):
    """Twelve users match, ten are shown, nothing is stored."""
    ask.track(*((f"user{n:02}", "order_placed") for n in range(12)))

    preview = await caller(lambda c: c.segments.preview(definition=BUYERS))
    short = await caller(lambda c: c.segments.preview(definition=BUYERS, limit=3))

    assert preview.matched_users == short.matched_users == 12
    assert preview.sample_user_ids == [f"user{n:02}" for n in range(10)]
    assert short.sample_user_ids == ["user00", "user01", "user02"]
    assert "order_placed" in preview.sql
    assert (await caller.page(lambda c: c.segments.list())).count == 0


async def test_an_estimate_counts_without_storing(caller, ask):
    ask.track(("ann", "order_placed"))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))

    estimate = await caller(lambda c: c.segments.estimate(made.id))

    assert estimate.estimated_count == 1
    assert (await caller(lambda c: c.segments.get(made.id))).status == "draft"


async def test_faults_of_a_definition_carry_their_path(caller):
    wrong = {"logic": "AND", "conditions": [{**BUYERS["conditions"][0], "operator": "foo"}]}

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.segments.create(name="Wrong", definition=wrong))

    assert caught.value.fields == {
        "definition": ['conditions[0].operator: "foo" is not valid for event_count.']
    }


async def test_members_are_walked_by_cursor_while_others_write(caller, ask, sandbox):
    """Members that come and go between two pages neither repeat nor hide another."""
    ask.track(*((f"user{n}", "order_placed") for n in range(1, 10, 2)))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    await caller(lambda c: c.segments.compute(made.id))
    sandbox.settle()

    first = await caller.page(lambda c: c.segments.members(made.id, limit=2))
    ask.track(("user0", "order_placed"), ("user4", "order_placed"))
    await caller(lambda c: c.segments.compute(made.id))
    sandbox.settle()
    rest = await caller.all(lambda c: c.segments.members(made.id, limit=2, cursor=first.cursor))

    assert [m.user_id for m in first.items] == ["user1", "user3"]
    assert [m.user_id for m in rest] == ["user4", "user5", "user7", "user9"]


async def test_a_foreign_cursor_is_refused(caller):
    made = await caller(lambda c: c.segments.create(name="Buyers"))

    with pytest.raises(Invalid, match="Invalid cursor"):
        await caller.page(lambda c: c.segments.members(made.id, cursor="bogus"))


async def test_membership_names_the_segments_of_a_user(caller, ask, sandbox):
    """Whatever is in the user's id arrives as that id; a stranger is in none."""
    odd = "a/b@example.com?x=%2F#é"
    ask.track((odd, "order_placed"))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    await caller(lambda c: c.segments.compute(made.id))
    sandbox.settle()

    found = await caller(lambda c: c.segments.membership(odd))
    stranger = await caller(lambda c: c.segments.membership("nobody"))

    assert (found.user_id, found.segment_ids) == (odd, [made.id])
    assert found.segments[0]["segment_name"] == "Buyers"
    assert (stranger.segments, stranger.segment_ids) == ([], [])


async def test_membership_of_nobody_in_particular_is_refused(caller):
    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.segments.membership(""))

    assert caught.value.fields == {"user_id": ["This field is required."]}


async def test_an_export_is_started_polled_and_fetched(caller, ask, sandbox, clock):
    """Pending, then a link that lives an hour, then gone."""
    ask.track(("ann", "order_placed"), ('b"o,b', "order_placed"))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    await caller(lambda c: c.segments.compute(made.id))
    sandbox.settle()

    started = await caller(lambda c: c.segments.export_start(made.id))
    clock.advance(5)
    ready = await caller(lambda c: c.segments.export_status(made.id, export_id=started.id))
    length, content = await caller.download(lambda c: c.segments.export_download(started.id))
    clock.advance(hours=1)

    assert (started.status, started.is_ready, started.raw["id"]) == ("pending", False, started.id)
    assert (ready.status, ready.format) == ("complete", "csv")
    assert ready.download_url == f"/api/segments/exports/{started.id}/download/"
    assert content == (
        b'user_id,computed_at\nann,2026-06-01T12:00:00Z\n"b""o,b",2026-06-01T12:00:00Z\n'
    )
    assert length == len(content)
    with pytest.raises(Gone, match="expired"):
        await caller.download(lambda c: c.segments.export_download(started.id))


async def test_a_parquet_export_holds_the_same_members(caller, ask, sandbox, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    ask.track(("ann", "order_placed"))
    made = await caller(lambda c: c.segments.create(name="Buyers", definition=BUYERS))
    await caller(lambda c: c.segments.compute(made.id))
    sandbox.settle()

    started = await caller(lambda c: c.segments.export_start(made.id, format="parquet"))
    sandbox.settle()
    _, content = await caller.download(lambda c: c.segments.export_download(started.id))

    path = tmp_path / "members.parquet"
    path.write_bytes(content)
    assert parquet.read_table(path).to_pylist() == [
        {"user_id": "ann", "computed_at": "2026-06-01T12:00:00Z"}
    ]


async def test_an_unknown_export_format_is_refused(caller):
    made = await caller(lambda c: c.segments.create(name="Buyers"))

    with pytest.raises(Invalid) as caught:
        await caller(lambda c: c.segments.export_start(made.id, format="xlsx"))

    assert caught.value.fields == {"format": ['"xlsx" is not a valid choice.']}


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.segments.get(9),
        lambda c: c.segments.update(9, name="x"),
        lambda c: c.segments.replace(9, name="x"),
        lambda c: c.segments.delete(9),
        lambda c: c.segments.compute(9),
        lambda c: c.segments.estimate(9),
        lambda c: c.segments.export_start(9),
        lambda c: c.segments.export_status(9, export_id=1),
        lambda c: c.segments.get("nine"),
        lambda c: c.segments.get(10**30),
    ],
)
async def test_an_unknown_segment_is_not_found(caller, call):
    with pytest.raises(NotFound) as caught:
        await caller(call)

    assert caught.value.body == {"detail": "Not found."}


@pytest.mark.parametrize(
    "name",
    [
        "[/foo] price [new]",
        "\x1b[31mred\x1b[0m",
        "\u202eevil",
        "😀" * 20,
        "'; DROP TABLE segments;--",
    ],
)
async def test_a_hostile_name_comes_back_as_it_was(caller, name):
    made = await caller(lambda c: c.segments.create(name=name))

    assert (await caller(lambda c: c.segments.get(made.id))).name == name


async def test_every_answer_has_a_request_id(caller):
    with pytest.raises(NotFound) as caught:
        await caller(lambda c: c.segments.get(9))

    assert caught.value.request_id.startswith("req_")
