"""Bodies and values a person writes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click
import pytest

from segops_tui.cli.core.input import lay_over, parsed, read_object, read_objects, scalar
from segops_tui.cli.core.options import LENGTH

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ('"1"', "1"),
        ("[1, 2]", [1, 2]),
        ("VIPs", "VIPs"),
        ("", ""),
        ("NaN", "NaN"),
        ("1 2", "1 2"),
    ],
)
def test_a_value_is_json_where_it_parses_and_text_elsewhere(text: str, value: Any) -> None:
    assert scalar(text) == value


def test_sets_reach_inside_and_keep_what_is_beside() -> None:
    body = lay_over({"data": {"brand": "Acme"}}, ["data.color=red", "name=a=b"])

    assert body == {"data": {"brand": "Acme", "color": "red"}, "name": "a=b"}


@pytest.mark.parametrize("text", ["name", "=x", "a..b=1"])
def test_a_set_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="KEY=VALUE"):
        lay_over({}, [text])


def test_a_set_cannot_reach_into_a_text() -> None:
    with pytest.raises(click.UsageError, match="not an object"):
        lay_over({"data": "x"}, ["data.brand=y"])


def test_yaml_reads_what_json_has_and_nothing_else() -> None:
    text = "country: no\nwhen: 2026-05-02\nis_active: true\nlimit: 3\nnothing: null\n"

    assert parsed(text, "x.yaml") == {
        "country": "no",
        "when": "2026-05-02",
        "is_active": True,
        "limit": 3,
        "nothing": None,
    }


def test_yaml_cannot_make_objects_of_ours() -> None:
    with pytest.raises(click.UsageError, match="not YAML"):
        parsed("a: !!python/object/apply:os.system ['true']", "x.yaml")


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    with pytest.raises(click.UsageError, match="deeply"):
        parsed("[" * 100_000, "x.json")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}')

    assert read_object(str(file)) == {"a": 1}


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(click.UsageError, match="not UTF-8"):
        read_object(str(file))


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}, {"a": 2}, {"a": 3}]',
        '{"events": [{"a": 1}, {"a": 2}, {"a": 3}]}',
        '{"a": 1}\n\n{"a": 2}\n{"a": 3}\n',
        "- a: 1\n- a: 2\n- a: 3\n",
        '[\n{"a": 1},\n{"a": 2},\n{"a": 3}\n]',
    ],
)
def test_many_objects_come_in_chunks_whatever_the_form(tmp_path: Path, text: str) -> None:
    file = tmp_path / "many"
    file.write_text(text)

    chunks = list(read_objects(str(file), "events", size=2))

    assert chunks == [[{"a": 1}, {"a": 2}], [{"a": 3}]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a" 2}\n', "line 2"),
        ('{"a": 1}\n\n[2]\n', "line 3"),
        ('[{"a": 1}, 2]', r"events\[1\]"),
        ("7", "list of events"),
    ],
)
def test_what_is_no_object_is_named_by_its_place(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "many"
    file.write_text(text)

    with pytest.raises(click.UsageError, match=words):
        list(read_objects(str(file), "events", size=500))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1.5 H", timedelta(minutes=90)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_length_of_time_has_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert LENGTH.convert(text, None, None) == length


@pytest.mark.parametrize("text", ["", "24", "h", "-1h", "9999999999d", "1y"])
def test_anything_else_is_no_length_of_time(text: str) -> None:
    with pytest.raises(click.BadParameter):
        LENGTH.convert(text, None, None)
