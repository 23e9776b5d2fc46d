"""Changes to the text of a config file: what was not meant stays as it was."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.config import document
from segops_tui.config.faults import line_of

TEXT = """\
# Workspaces of the shop team.
version = 1  # the form of this file
default = "staging"  # safe

# Where we try things.
[profiles.staging]
api_url = "https://staging.example.com/api"
key_env = "STAGING_KEY"   # from the vault

# Careful here:
# somebody is always buying.
[profiles."prod.eu"]
key_command = 'pass show segops/prod'
guard = "production"
# rotated in May

# The end.
"""
LAYOUTS = [
    TEXT,
    'profiles = {a = {key_env = "X"}, staging = {key_env = "Y"}}\n',
    '[profiles]\nstaging.key_env = "X"\nb = {key_env = "Y"}\n',
    'profiles.staging.key_env = "X"\nprofiles.b.key_env = "Y"\n',
    '[profiles.staging]\nkey_env = "X"\n[profiles.b]\nkey_env = "Y"\n',
    '[profiles . "staging"]\r\nkey_env = "X"\r\n\r\n[profiles.b]\r\nkey_env = "Y"\r\n',
    'text = """\n[profiles.staging]\nkey = 1\n"""\n[profiles.staging]\nkey_env = "X"\n',
]


def test_an_added_profile_comes_last_and_leaves_the_rest_as_it_was() -> None:
    text = document.with_profile(TEXT, "qa", {"key_env": "QA_KEY"})

    assert text == f'{TEXT}\n[profiles.qa]\nkey_env = "QA_KEY"\n'


def test_the_first_profile_writes_the_version() -> None:
    text = document.with_profile("", "qa", {"key_env": "QA_KEY"})

    assert text == 'version = 1\n\n[profiles.qa]\nkey_env = "QA_KEY"\n'


def test_a_changed_profile_keeps_its_comments_and_has_one_key() -> None:
    text = document.with_profile(TEXT, "staging", {"key_command": "vault read x", "colour": "red"})

    assert 'default = "staging"  # safe' in text
    assert "# Where we try things.\n[profiles.staging]" in text
    assert tomllib.loads(text)["profiles"]["staging"] == {
        "api_url": "https://staging.example.com/api",
        "key_command": "vault read x",
        "colour": "red",
    }


def test_a_removed_profile_takes_its_comment_and_the_default_with_it() -> None:
    text = document.without_profile(TEXT, "staging")

    assert text == (
        "# Workspaces of the shop team.\nversion = 1  # the form of this file\n\n"
        + TEXT[TEXT.index("# Careful here") :]
    )


def test_a_removed_last_profile_leaves_the_last_words() -> None:
    text = document.without_profile(TEXT, "prod.eu")

    assert text.endswith('key_env = "STAGING_KEY"   # from the vault\n\n# The end.\n')
    assert "Careful" not in text
    assert "rotated" not in text


def test_a_renamed_profile_keeps_everything_but_its_name() -> None:
    text = document.with_profile_renamed(TEXT, "staging", "qa.1")

    assert text == TEXT.replace("[profiles.staging]", '[profiles."qa.1"]').replace(
        'default = "staging"', 'default = "qa.1"'
    )


def test_a_default_is_changed_in_place_or_put_on_top() -> None:
    changed = document.with_default(TEXT, "prod.eu")
    put = document.with_default('version = 1\n\n[profiles.a]\nkey_env = "X"\n', "a")

    assert changed == TEXT.replace('default = "staging"', 'default = "prod.eu"')
    assert put == 'version = 1\ndefault = "a"\n\n[profiles.a]\nkey_env = "X"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '# Ours.\n\n[profiles.a]\nx = 1\n# of a\n\n# of keys\n[keys]\nz = "1"\n',
            '# Ours.\n\n# of keys\n[keys]\nz = "1"\n',
        ),
        (
            "# Ours.\n[profiles.a]\nx = 1\n# of b\n[profiles.b]\ny = 1\n",
            "# Ours.\n# of b\n[profiles.b]\ny = 1\n",
        ),
        (
            '[keys]\nz = "1"\n\n# of a\n[profiles.a]\nx = 1\n\n# of b\n[profiles.b]\ny = 1\n',
            '[keys]\nz = "1"\n\n# of b\n[profiles.b]\ny = 1\n',
        ),
        (
            '[profiles.b]\ny = 1\n[keys]\nz = "1"\n# of keys\n\n# of a\n[profiles.a]\nx = 1\n',
            '[profiles.b]\ny = 1\n[keys]\nz = "1"\n# of keys\n',
        ),
        (
            "# of all\n[profiles]\na.x = 1\n# of b\nb.y = 1\n",
            "# of all\n[profiles]\n# of b\nb.y = 1\n",
        ),
    ],
)
def test_a_removed_profile_leaves_the_comments_of_other_tables(before: str, after: str) -> None:
    assert document.without_profile(before, "a") == after


@pytest.mark.parametrize("text", LAYOUTS)
@pytest.mark.parametrize("change", ["add", "update", "remove", "rename", "default"])
def test_any_layout_is_changed_as_meant(text: str, change: str) -> None:
    before = tomllib.loads(text)
    others = {n: t for n, t in before["profiles"].items() if n != "staging"}
    changes = {
        "add": lambda: document.with_profile(text, "new", {"key_env": "N"}),
        "update": lambda: document.with_profile(text, "staging", {"keyring": True}),
        "remove": lambda: document.without_profile(text, "staging"),
        "rename": lambda: document.with_profile_renamed(text, "staging", "new"),
        "default": lambda: document.with_default(text, "staging"),
    }

    after = tomllib.loads(changes[change]())

    assert others.items() <= after.get("profiles", {}).items()
    assert before.get("text") == after.get("text")
    assert ("staging" in after.get("profiles", {})) is (change not in {"remove", "rename"})


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_a_person_gives_comes_back_as_it_was(words: str) -> None:
    text = document.with_profile(TEXT, "qa", {"workspace": words})

    assert tomllib.loads(text)["profiles"]["qa"]["workspace"] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 2\n", "newer segops-tui"),
        ("version = true\n", "whole number"),
        ("a = \n", "line 1"),
    ],
)
def test_a_file_this_program_cannot_read_is_not_changed(text: str, words: str) -> None:
    with pytest.raises(SegOpsConfigError, match=words):
        document.with_profile(text, "qa", {"key_env": "X"})


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("version",), 2),
        (("default",), 3),
        (("profiles", "staging"), 6),
        (("profiles", "staging", "key_env"), 8),
        (("profiles", "prod.eu"), 12),
        (("profiles", "prod.eu", "guard"), 14),
        (("profiles", "prod.eu", "not there"), 12),
        (("elsewhere",), None),
    ],
)
def test_a_key_is_found_on_its_line(path: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, path) == line


def test_a_key_after_a_value_of_several_lines_is_found_on_its_line() -> None:
    text = 'text = """\n[profiles.a]\n"""\nlist = [\n  1,\n]\n[profiles.a]\ncolour = "red"\n'

    assert line_of(text, ("list",)) == 4
    assert line_of(text, ("profiles", "a", "colour")) == 8
