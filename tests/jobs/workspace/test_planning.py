"""What is wrong with files is told before anything is sent, and the plan says what would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.jobs.workspace.checks import parsed
from segops_tui.jobs.workspace.documents import (
    body_of,
    document_of,
    names_of,
    short,
    stem_of,
)
from segops_tui.jobs.workspace.errors import WorkspaceInvalid
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.jobs.workspace.planning import ABSENT, Hint, planned
from segops_tui.jobs.workspace.yaml_text import read_yaml, write_yaml

if TYPE_CHECKING:
    from segops_tui.api.record import Record
    from segops_tui.jobs.workspace.documents import Document
    from segops_tui.jobs.workspace.planning import WorkspacePlan

RULE = """
definition:
  logic: AND
  conditions:
    - {type: event_count, event_type: order_placed, operator: gte, value: 1}
"""
MEMBERS = """
definition:
  logic: OR
  conditions:
    - {type: segment_membership, operator: in, segment: %s}
"""


def read(path: str, text: str) -> Document:
    found, problems = parsed_text(path, text)
    assert found is not None, problems
    return found


def parsed_text(path: str, text: str) -> Any:
    data, lines = read_yaml(text)
    return parsed(KINDS[path.partition("/")[0]], data, lines, path)


def record(kind: str, object_id: int, **values: Any) -> Record:
    found: Record = KINDS[kind].resource.record({"id": object_id, **values})
    return found


def segment(object_id: int, name: str, *members_of: int) -> Record:
    conditions = [
        {"type": "segment_membership", "operator": "in", "segment_id": other}
        for other in members_of
    ]
    definition = {"logic": "OR", "conditions": conditions} if members_of else {}
    return record("segments", object_id, name=name, definition=definition)


def plan(*documents: Document, **options: Any) -> WorkspacePlan:
    records = {name: [] for name in KINDS} | options.pop("records", {})
    return planned([*documents], records, environ=options.pop("environ", {}), **options)


def problems_of(*documents: Document, **options: Any) -> list[str]:
    with pytest.raises(WorkspaceInvalid) as refused:
        plan(*documents, **options)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("segments/a.yaml", "name: A\ndescriptoin: x", "2: a segment has no field 'descriptoin'."
         " Did you mean 'description'?"),
        ("segments/a.yaml", "description: x", "1: name is missing: a segment needs it."),
        ("segments/a.yaml", "name: 7.5", "1: name must be text: write it in quotes, '7.5'."),
        ("segments/a.yaml", "name: A\nis_active: yes", "2: is_active must be true or false."),
        ("segments/a.yaml", "name: A\nid: 3", "2: a segment has no field 'id'."),
        ("segments/a.yaml", "", "the file is empty."),
        ("segments/a.yaml", "- a", "the file must hold the fields of one object."),
        ("queries/a.yaml", "query_text: Q\ntags: boots", "2: tags must be a list of texts."),
        ("webhooks/a.yaml", "url: https://a.example\nsecret: hunter2", "2: secret is a secret,"
         " which no file should have: write ${env:NAME} and set NAME."),
        ("activations/a.yaml", "segment: A\nconnector_type: klaviyo\nconfig:\n  api_key: sk_1",
         "4: config.api_key is a secret"),
        ("activations/a.yaml", "segment: A\nconnector_type: klaviyo\nconfig:\n  tokens: [x]",
         "4: config.tokens[0] is a secret"),
        ("activations/a.yaml", "segment: A\nconnector_type: klaviyo\nconfig:\n  url: x${env:A}",
         "4: config.url: a variable is the whole value"),
        ("segments/a.yaml", "name: ${env:NAME}", "1: name: ${env:NAME} is not replaced here"),
    ],
)  # fmt: skip
def test_a_file_of_the_wrong_shape_is_told_with_its_line(
    path: str, text: str, message: str
) -> None:
    found, problems = parsed_text(path, text)
    assert found is None
    where = ": " if message.startswith("the file") else ":"
    assert str(problems[0]).startswith(f"{path}{where}{message}")


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("segments/a.yaml", "name: A\nsegment_type: rules", '2: segment_type: "rules" is not rule,'
         " ai or lookalike. Did you mean 'rule'?"),
        ("segments/a.yaml", f"name: A{RULE.replace('gte', 'over')}",
         '5: definition.conditions[0].operator: "over" is not valid for event_count.'),
        ("segments/a.yaml", f"name: A{MEMBERS % 'null'}",
         "5: definition.conditions[0].segment: This field is required."),
        ("pages/a.yaml", "slug: a b", '1: slug: "a b" is no slug'),
        ("webhooks/a.yaml", "url: http://a.example", "1: url: only https is allowed"),
        ("schemas/a.yaml", "event_type: A\nproperties:\n  - {name: a, type: text}",
         '3: properties[0].type: "text" is not string'),
        ("queries/a.yaml", f"query_text: {'x' * 1001}", "1: query_text: has 1,001 characters"),
        ("queries/a.yaml", "query_text: Q\nproviders: [gpt]", '2: providers[0]: "gpt" is not'),
        ("segments/a.yaml", f"name: A{MEMBERS % 'Bs'}", "5: definition.conditions[0].segment: there"
         " is no segment 'Bs', in a file or on the server."),
        ("activations/a.yaml", "segment: A\nconnector_type: klaviyo\nconfig: {}",
         "1: segment: there is no segment 'A'"),
        ("webhooks/a.yaml", "url: https://a.example\nsecret: ${env:HOOK}",
         "2: the environment variable HOOK is not set."),
        ("activations/a.yaml", "segment_id: 3\nconnector_type: klaviyo\nconfig: {}",
         "1: segment_id: segment 3 is named by its id"),
    ],
)  # fmt: skip
def test_what_a_server_would_refuse_is_told_with_its_line(
    path: str, text: str, message: str
) -> None:
    (problem,) = problems_of(read(path, text))
    assert problem.startswith(f"{path}:{message}")


def test_every_problem_of_every_file_is_told_at_once() -> None:
    problems = problems_of(
        read("segments/b.yaml", f"name: B\nsegment_type: x{MEMBERS % 'C'}"),
        read("pages/a.yaml", "slug: ä"),
    )
    assert [problem.split(": ")[0] for problem in problems] == [
        "pages/a.yaml:1",
        "segments/b.yaml:2",
        "segments/b.yaml:6",
    ]


def test_a_circle_of_references_is_told_with_its_members() -> None:
    files = [
        read(f"segments/{name}.yaml", f"name: {name}{MEMBERS % other}")
        for name, other in (("A", "B"), ("B", "C"), ("C", "A"))
    ]
    (problem,) = problems_of(*files)
    assert "these refer to each other in a circle: " in problem
    assert problem.count("→") == 3


def test_a_circle_through_an_object_that_is_in_no_file_is_told_too() -> None:
    there = {"segments": [segment(1, "A"), segment(2, "B", 1)]}
    (problem,) = problems_of(read("segments/a.yaml", f"name: A{MEMBERS % 'B'}"), records=there)
    assert "in a circle" in problem


def test_a_circle_that_the_server_has_itself_is_its_own_affair() -> None:
    there = {"segments": [segment(1, "A", 2), segment(2, "B", 1)]}
    found = plan(read("segments/c.yaml", f"name: C{MEMBERS % 'B'}"), records=there)
    assert [change.label for change in found.changes] == ["C"]


def test_what_is_referred_to_comes_first_and_is_deleted_last() -> None:
    found = plan(
        read("activations/x.yaml", "segment: A\nconnector_type: klaviyo\nconfig: {}"),
        read("segments/a.yaml", f"name: A{MEMBERS % 'Z'}"),
        read("segments/z.yaml", "name: Z"),
        records={"segments": [segment(1, "Old 1"), segment(2, "Old 2", 1)]},
        prune=["segments"],
    )
    assert [(change.action, change.label) for change in found.changes] == [
        ("create", "Z"),
        ("create", "A"),
        ("create", "klaviyo A"),
        ("delete", "Old 2"),
        ("delete", "Old 1"),
    ]


def test_nothing_is_deleted_without_prune() -> None:
    there = {"segments": [segment(1, "A"), segment(2, "Other")]}
    found = plan(read("segments/a.yaml", "name: A"), records=there)
    assert (found.changes, found.unchanged, found.unmanaged) == ((), 1, 1)


def test_a_reference_to_what_prune_deletes_is_refused() -> None:
    text = "segment: A\nconnector_type: klaviyo\nconfig: {}"
    (problem,) = problems_of(
        read("activations/x.yaml", text),
        records={"segments": [segment(1, "A")]},
        prune=["segments", "activations"],
    )
    assert problem.endswith("segment 'A' is in no file, so --prune would delete it.")


def test_two_files_of_one_name_are_refused() -> None:
    first, second = problems_of(
        read("segments/a.yaml", "name: A"), read("segments/b.yaml", "name: A")
    )
    assert first.startswith("segments/a.yaml:1: segments/b.yaml has the same name 'A'")
    assert second.startswith("segments/b.yaml:1: segments/a.yaml has the same name 'A'")


def test_a_name_that_two_objects_have_is_refused_with_their_ids() -> None:
    there = {"segments": [segment(4, "A"), segment(9, "A")]}
    (problem,) = problems_of(read("segments/a.yaml", "name: A"), records=there)
    assert "2 segments have the name 'A' (ids 4, 9)" in problem


def test_hints_tell_objects_of_one_name_apart() -> None:
    there = {"segments": [segment(4, "A"), segment(9, "A")]}
    files = [
        read("segments/a.yaml", "name: A"),
        read("segments/a-2.yaml", "name: A\ndescription: x"),
    ]
    found = plan(
        *files,
        records=there,
        hints={"segments/a.yaml": Hint(9, "A"), "segments/a-2.yaml": Hint(4, "A")},
    )
    assert [(change.id, change.names) for change in found.changes] == [(4, ["description"])]


def test_a_renamed_object_is_known_by_its_hint_and_so_are_references_to_it() -> None:
    there = {"segments": [segment(1, "Old"), segment(2, "Other", 1)]}
    found = plan(
        read("segments/a.yaml", "name: New"),
        read("segments/b.yaml", f"name: Other{MEMBERS % 'New'}"),
        records=there,
        hints={"segments/a.yaml": Hint(1, "Old")},
    )
    (change,) = found.changes
    assert (change.action, change.label, change.was, change.names) == (
        "change", "New", "Old", ["name"],
    )  # fmt: skip


def test_a_reference_by_a_name_that_a_file_changes_says_the_new_one() -> None:
    (problem,) = problems_of(
        read("segments/a.yaml", "name: New"),
        read("segments/c.yaml", f"name: C{MEMBERS % 'Old'}"),
        records={"segments": [segment(1, "Old")]},
        hints={"segments/a.yaml": Hint(1, "Old")},
    )
    assert problem.endswith("segments/a.yaml renames segment 'Old' to 'New': write that.")


def test_a_hint_to_an_id_that_another_object_has_now_renames_nothing() -> None:
    """The profile leads to another server since, or the sandbox was reset."""
    found = plan(
        read("segments/a.yaml", "name: New"),
        records={"segments": [segment(1, "Something else")]},
        hints={"segments/a.yaml": Hint(1, "Old")},
    )
    assert [(change.action, change.label) for change in found.changes] == [("create", "New")]


def test_a_hint_to_an_object_that_another_file_describes_is_ignored() -> None:
    found = plan(
        read("segments/a.yaml", "name: New"),
        read("segments/b.yaml", "name: Old"),
        records={"segments": [segment(1, "Old")]},
        hints={"segments/a.yaml": Hint(1, "Old"), "segments/b.yaml": Hint(1, "Old")},
    )
    assert [(change.action, change.label) for change in found.changes] == [("create", "New")]


def test_a_change_names_the_values_that_differ() -> None:
    rule = {"type": "event_count", "event_type": "order_placed", "operator": "gte", "value": 3}
    more = {"type": "recency", "event_type": "x", "operator": "lt", "window_days": 3}
    definition = {"logic": "AND", "conditions": [more, rule]}
    there = record("segments", 1, name="A", description="x", definition=definition)
    found = plan(read("segments/a.yaml", f"name: A{RULE}"), records={"segments": [there]})
    (change,) = found.changes
    assert [(it.name, it.before, it.after) for it in change.fields] == [
        ("description", "x", ""),
        ("definition.conditions[0]", more, ABSENT),
        ("definition.conditions[1]", rule, ABSENT),
        ("definition.conditions[0]", ABSENT, {**rule, "value": 1}),
    ]


def test_a_secret_that_is_set_on_the_server_is_taken_for_the_same() -> None:
    there = record("webhooks", 1, url="https://a.example", secret="***", is_active=True)
    text = "url: https://a.example\nsecret: ${env:HOOK}"
    assert plan(read("webhooks/a.yaml", text), records={"webhooks": [there]}).changes == ()


def test_a_setting_in_a_variable_is_compared_with_its_value() -> None:
    config = {"list_id": "L1", "api_key": "***"}
    there = record("activations", 1, segment=1, connector_type="klaviyo", config=config)
    text = (
        "segment: A\nconnector_type: klaviyo\n"
        "config: {list_id: '${env:LIST}', api_key: '${env:KEY}'}"
    )
    file = read("activations/a.yaml", text)
    records = {"segments": [segment(1, "A")], "activations": [there]}
    assert plan(file, records=records, environ={"LIST": "L1"}).changes == ()
    (change,) = plan(file, records=records, environ={"LIST": "L2", "KEY": "k"}).changes
    assert [it.name for it in change.fields] == ["config.list_id"]


def test_a_document_has_no_ids_counters_or_secrets() -> None:
    config = {"list_id": "L1", "api_key": "***", "login": {"tokens": ["left", "in the open"]}}
    activation = record(
        "activations", 7, segment="1", connector_type="talon_one", config=config, status="error",
        last_error="x", created_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    found = document_of(
        KINDS["activations"], activation, names_of({"segments": [segment(1, "VIP & co")]})
    )
    prefix = "SEGOPS_ACTIVATION_TALONONE_VIP_CO"
    assert short(found) == {
        "segment": "VIP & co",
        "connector_type": "talonone",
        "config": {
            "list_id": "L1",
            "api_key": f"${{env:{prefix}_API_KEY}}",
            "login": {
                "tokens": [f"${{env:{prefix}_LOGIN_TOKENS_{number}}}" for number in range(2)]
            },
        },
        "status": "active",
    }


def test_a_reference_to_what_is_gone_or_not_unique_keeps_its_id() -> None:
    names = names_of({"segments": [segment(1, "A"), segment(2, "A")]})
    found = document_of(KINDS["segments"], segment(5, "B", 1, 9), names)
    ids = [it["segment_id"] for it in found.values["definition"]["conditions"]]
    assert ids == [1, 9]


def test_a_product_segment_refers_by_text_as_the_server_wants_it() -> None:
    rule = {"type": "user_behavior_signal", "signal": "viewed_by_segment", "segment_id": "1"}
    definition = {"logic": "AND", "conditions": [rule]}
    names = names_of({"segments": [segment(1, "A")]})
    there = record("product-segments", 3, name="P", definition=definition)
    found = document_of(KINDS["product-segments"], there, names)
    assert found.values["definition"]["conditions"][0]["segment"] == "A"
    assert body_of(found, names, str)["definition"] == definition


ODD = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.sampled_from(sorted(KINDS)), st.data())
def test_an_odd_record_makes_a_document_all_the_same(kind: str, data: st.DataObject) -> None:
    fields = {
        name: data.draw(ODD | st.dictionaries(st.text(), ODD)) for name in KINDS[kind].by_name
    }
    made = document_of(KINDS[kind], record(kind, 1, **fields), names_of({}))
    assert read_yaml(write_yaml(short(made)))[0] == short(made)
    plan(records={kind: [record(kind, 1, **fields)]}, prune=[kind])


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("High LTV buyers", "high-ltv-buyers"),
        ("  Größe & Maß  ", "grosse-mass"),
        ("https://hooks.example.com/a?b", "hooks-example-com-a-b"),
        ("Покупатели", "покупатели"),
        ("???", "unnamed"),
        ("CON", "con-"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 99, "x" * 60),
    ],
)
def test_the_name_of_a_file_is_plain_whatever_the_object_is_called(label: str, stem: str) -> None:
    assert stem_of(label) == stem
