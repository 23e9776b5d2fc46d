"""Named tuples that are quick to define behave as those of `typing`."""

from __future__ import annotations

import pickle
import sys
import typing
from typing import Any, Generic, TypeVar

import pytest

from segops_tui import named_tuple

T = TypeVar("T")


class Ours(named_tuple.NamedTuple, Generic[T]):
    """A place."""

    name: T
    row: int = 1
    marks: tuple[str, ...] = ()

    @property
    def both(self) -> str:
        """The name and the row."""
        return f"{self.name}{self.row}"


class Theirs(typing.NamedTuple, Generic[T]):
    """A place."""

    name: T
    row: int = 1
    marks: tuple[str, ...] = ()

    @property
    def both(self) -> str:
        """The name and the row."""
        return f"{self.name}{self.row}"


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_a_named_tuple_is_a_tuple_with_names_and_defaults(kind: Any) -> None:
    made = kind("a", marks=("x",))

    assert made == ("a", 1, ("x",)) == kind[str](name="a", marks=("x",))
    assert hash(made) == hash(("a", 1, ("x",)))
    assert (made.name, made.row, made.marks, made.both) == ("a", 1, ("x",), "a1")
    assert repr(made) == f"{kind.__name__}(name='a', row=1, marks=('x',))"
    assert kind._fields == ("name", "row", "marks")
    assert dict(kind._field_defaults) == {"row": 1, "marks": ()}
    assert made._asdict() == {"name": "a", "row": 1, "marks": ("x",)}
    changed = made._replace(row=2)
    assert (type(changed), changed) == (kind, ("a", 2, ("x",)))
    assert kind._make(["a", 2, ()]) == ("a", 2, ())
    assert pickle.loads(pickle.dumps(made)) == made
    match made:
        case kind(name=name, row=1):
            assert name == "a"
        case _:
            raise AssertionError


@pytest.mark.parametrize("kind", [Ours, Theirs])
@pytest.mark.parametrize(
    ("values", "given"),
    [((), {}), (("a", 1, (), 4), {}), (("a",), {"x": 1}), (("a",), {"name": 1})],
)
def test_a_wrong_argument_is_an_error(
    kind: Any, values: tuple[Any, ...], given: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(*values, **given)
    with pytest.raises((TypeError, ValueError)):
        kind("a")._replace(x=1)


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_a_place_cannot_be_changed(kind: Any) -> None:
    made = kind("a")

    with pytest.raises(AttributeError):
        made.row = 2
    with pytest.raises(AttributeError):
        made.other = 2


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is of Python 3.13")
def test_copy_replace_knows_them() -> None:
    import copy

    assert copy.replace(Ours("a"), row=2) == ("a", 2, ())  # type: ignore[attr-defined,unused-ignore]
