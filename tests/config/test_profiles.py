"""Which workspace is meant, and where that was said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from segops_tui.api.errors import SegOpsConfigError, WrongKeyKind
from segops_tui.config.paths import Paths, find_paths
from segops_tui.config.profiles import DEFAULT_URL, Settings, implied_guard

KEY = "sk_test_0123456789abcdef"
FILE = f"""
default = "staging"

[profiles.staging]
api_url = "https://staging.example.com/api"
key = "{KEY}"
colour = "green"

[profiles.prod]
key_env = "PROD_KEY"

[profiles.safe-prod]
key_env = "PROD_KEY"
guard = "none"
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return find_paths({"SEGOPS_TUI_HOME": str(tmp_path)})


def settings(paths: Paths, text: str = FILE) -> Settings:
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(text)
    return Settings.load(paths)


def test_one_variable_moves_every_folder(tmp_path: Path) -> None:
    paths = find_paths({"SEGOPS_TUI_HOME": str(tmp_path)})

    for path in (paths.config_file, paths.ledger_file, paths.sandbox_file):
        assert path.is_relative_to(tmp_path)


def test_with_no_file_and_no_environment_it_is_the_sandbox(paths: Paths) -> None:
    profile = Settings.load(paths).profile(None, {})

    assert (profile.name, profile.is_sandbox) == ("sandbox", True)


def test_the_environment_alone_is_a_profile_and_writes_no_file(paths: Paths) -> None:
    environ = {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://127.0.0.1:8000/api"}

    profile = Settings.load(paths).profile(None, environ)

    assert profile.api_url == "http://127.0.0.1:8000/api"
    assert profile.key(environ).reveal() == KEY
    assert not paths.config_file.exists()


def test_a_key_without_an_address_goes_to_the_vendor(paths: Paths) -> None:
    assert Settings.load(paths).profile(None, {"SEGOPS_API_KEY": KEY}).api_url == DEFAULT_URL


def test_an_address_without_a_key_says_what_is_missing(paths: Paths) -> None:
    environ = {"SEGOPS_API_URL": "http://127.0.0.1:8000/api"}
    profile = Settings.load(paths).profile(None, environ)

    with pytest.raises(SegOpsConfigError, match="SEGOPS_API_KEY is not set"):
        profile.key(environ)


@pytest.mark.parametrize(
    "name",
    ["prod", "PROD", "prod1", "prod-eu", "eu.prod2", "prd", "prd3", "shop_prd", "production2",
     "live", "live2", "live-eu", "liveshop", "productions"],
)  # fmt: skip
def test_a_name_that_begins_like_production_implies_the_guard(name: str) -> None:
    assert implied_guard(name) == "production"


@pytest.mark.parametrize("name", ["staging", "product", "products-test", "olive", "preprod", "dev"])
def test_another_name_implies_no_guard(name: str) -> None:
    assert implied_guard(name) == "none"


def test_the_profile_of_the_environment_is_guarded_by_a_variable(paths: Paths) -> None:
    environ = {"SEGOPS_API_KEY": KEY, "SEGOPS_GUARD": "production"}
    nothing = Settings({}, file=paths.config_file)

    profile = nothing.profile(None, environ)

    assert (profile.name, profile.guard) == ("environment", "production")
    assert profile.origins["guard"] == "SEGOPS_GUARD"
    assert nothing.profile("environment", environ).name == "environment"
    with pytest.raises(SegOpsConfigError, match="No such profile"):
        nothing.profile("environment", {})


def test_the_variable_makes_a_guard_stricter_and_never_weaker(paths: Paths) -> None:
    chosen = settings(paths)

    assert chosen.profile("prod", {"SEGOPS_GUARD": "none"}).guard == "production"
    assert chosen.profile("prod", {"SEGOPS_GUARD": "read-only"}).guard == "read-only"
    assert chosen.profile("sandbox", {"SEGOPS_GUARD": "read-only"}).guard == "none"
    with pytest.raises(SegOpsConfigError, match="SEGOPS_GUARD is 'prodution'"):
        chosen.profile("staging", {"SEGOPS_GUARD": "prodution"})


@pytest.mark.parametrize(
    ("name", "environ", "chosen", "by"),
    [
        (None, {}, "staging", "config.toml"),
        (None, {"SEGOPS_PROFILE": "prod"}, "prod", "SEGOPS_PROFILE"),
        ("safe-prod", {"SEGOPS_PROFILE": "prod"}, "safe-prod", "--profile"),
        (None, {"SEGOPS_API_KEY": KEY}, "environment", "SEGOPS_API_KEY"),
        ("sandbox", {"SEGOPS_API_KEY": KEY}, "sandbox", "--profile"),
    ],
)
def test_flag_beats_environment_beats_file(
    paths: Paths, name: str | None, environ: dict[str, str], chosen: str, by: str
) -> None:
    profile = settings(paths).profile(name, environ)

    assert (profile.name, profile.chosen_by) == (chosen, by)


def test_a_profile_named_by_flag_keeps_its_own_key(paths: Paths) -> None:
    other = "sk_test_ffffffffffffffff"

    profile = settings(paths).profile("staging", {"SEGOPS_API_KEY": other})

    assert profile.key({"SEGOPS_API_KEY": other}).reveal() == KEY


def test_a_name_that_looks_like_production_is_guarded_unless_told_otherwise(paths: Paths) -> None:
    chosen = settings(paths)

    assert chosen.profile("prod", {}).guard == "production"
    assert chosen.profile("safe-prod", {}).guard == "none"
    assert chosen.profile("staging", {}).guard == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("default = \n", r"config\.toml is not valid TOML.*line 1"),
        ("profiles = 3", "must be tables"),
        ('default = "gone"', "No such profile: 'gone'"),
        ('default = "x"\n[profiles.x]\napi_ulr = "a"', "unknown key 'api_ulr'"),
        (
            'default = "x"\n[profiles.x]\nkey = 3',
            r"toml, line 3: \[profiles\.x\] key must be",
        ),
        ('default = "x"\n[profiles.x]\nguard = "maybe"\nkey = "k"', "guard is one of"),
        ('default = "x"\n[profiles.x]\n', "has no key"),
        ('default = "x"\n[profiles.x]\nkey = "a"\nkey_env = "B"', "has several keys"),
    ],
)
def test_a_wrong_file_is_one_message_that_names_the_place(
    paths: Paths, text: str, words: str
) -> None:
    with pytest.raises(SegOpsConfigError, match=words):
        settings(paths, text).profile(None, {})


def test_a_misspelt_key_is_answered_with_the_nearest_one(paths: Paths) -> None:
    with pytest.raises(SegOpsConfigError) as caught:
        settings(paths, 'default = "x"\n[profiles.x]\napi_ulr = "a"').profile(None, {})

    assert caught.value.hint == "Did you mean 'api_url'?"


def test_a_folder_where_the_file_should_be_is_one_message(paths: Paths) -> None:
    paths.config_file.mkdir(parents=True)

    with pytest.raises(SegOpsConfigError, match="Cannot read"):
        Settings.load(paths)


def test_a_command_hands_over_the_one_line_it_prints(paths: Paths) -> None:
    command = f"{sys.executable} -c 'print(chr(115) + \"{KEY[1:]}\")'"
    chosen = settings(paths, f'[profiles.x]\nkey_command = """{command}"""')

    assert chosen.profile("x", {}).key({}).reveal() == KEY


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit(3)", "exit code 3"),
        ('print("a"); print("b")', "printed 2 lines"),
        ('print("")', "empty"),
        ('print("pk_test_0123456789")', "public key"),
    ],
)
def test_a_command_that_fails_is_told_without_its_output(
    paths: Paths, program: str, words: str
) -> None:
    command = f"{sys.executable} -c '{program}'"
    profile = settings(paths, f'[profiles.x]\nkey_command = """{command}"""').profile("x", {})

    with pytest.raises(SegOpsConfigError, match=words) as caught:
        profile.key({})
    assert "0123456789" not in str(caught.value)


def test_a_command_that_is_not_there_is_one_message(paths: Paths) -> None:
    profile = settings(paths, '[profiles.x]\nkey_command = "no-such-program-here x"').profile(
        "x", {}
    )

    with pytest.raises(SegOpsConfigError, match="could not be run"):
        profile.key({})


def test_a_key_of_the_wrong_kind_in_the_file_is_refused_when_it_is_used(paths: Paths) -> None:
    profile = settings(paths, '[profiles.x]\nkey = "pk_live_0123456789"').profile("x", {})

    with pytest.raises(WrongKeyKind):
        profile.key({})


@pytest.mark.parametrize(
    ("environ", "api_url"),
    [
        ({"SEGOPS_API_URL": "https://other.example.com/api"}, None),
        ({"SEGOPS_API_URL": "https://staging.example.com:8443/api"}, None),
        ({}, "https://other.example.com/api"),
        ({}, "http://127.0.0.1:8000/api"),
        ({}, "https://staging.example.com:x/api"),
    ],
)
@pytest.mark.parametrize("variable", [None, "SEGOPS_PROFILE"])
def test_a_profiles_key_goes_to_no_other_server(
    paths: Paths, environ: dict[str, str], api_url: str | None, variable: str | None
) -> None:
    chosen = {variable: "staging"} if variable else {}
    if not chosen and not api_url:
        # The address alone is a profile of its own, without any key.
        assert settings(paths).profile(None, environ).name == "environment"
        return

    with pytest.raises(SegOpsConfigError, match="only sent to its own server"):
        settings(paths).profile(None, {**environ, **chosen}, api_url=api_url)


def test_another_path_on_the_same_server_is_no_other_server(paths: Paths) -> None:
    profile = settings(paths).profile(
        "staging", {}, api_url="HTTPS://Staging.example.com:443/api/v2"
    )

    assert profile.api_url == "HTTPS://Staging.example.com:443/api/v2"
    assert profile.origins["api_url"] == "--api-url"


def test_a_profile_named_by_flag_keeps_its_own_address(paths: Paths) -> None:
    environ = {"SEGOPS_API_URL": "http://127.0.0.1:8000/api", "SEGOPS_API_KEY": KEY}

    profile = settings(paths).profile("staging", environ)

    assert profile.api_url == "https://staging.example.com/api"


def test_the_environments_key_goes_where_the_environment_says(paths: Paths) -> None:
    environ = {
        "SEGOPS_PROFILE": "prod",
        "SEGOPS_API_KEY": KEY,
        "SEGOPS_API_URL": "https://other.example.com/api",
    }

    profile = settings(paths).profile(None, environ)

    assert (profile.api_url, profile.guard) == ("https://other.example.com/api", "production")


def test_every_value_says_where_it_came_from(paths: Paths) -> None:
    origins = settings(paths).profile("staging", {}).origins

    assert origins == {
        "api_url": "config.toml",
        "colour": "config.toml",
        "workspace": "default",
        "key": "config.toml",
        "guard": "default",
    }
    assert settings(paths).profile("prod", {}).origins["guard"] == "the profile's name"


def test_a_file_of_a_newer_version_is_refused(paths: Paths) -> None:
    with pytest.raises(SegOpsConfigError, match=r"line 1.*newer segops-tui") as caught:
        settings(paths, "version = 2\n")

    assert caught.value.hint == "Update segops-tui."


def test_an_unknown_key_at_the_top_is_not_passed_over(paths: Paths) -> None:
    """Who writes `defualt` must not end up in another workspace."""
    with pytest.raises(SegOpsConfigError, match="unknown key 'defualt'"):
        settings(paths, 'defualt = "staging"\n').profile(None, {})


def test_profiles_are_equal_wherever_their_values_came_from() -> None:
    one = Settings({}, file=Path("config.toml")).profile(None, {"SEGOPS_API_KEY": "sk_test_0"})
    same = one._replace(origins={"api_url": "--api-url"})

    assert (one == same, one != same, hash(one) == hash(same)) == (True, False, True)
    other = one._replace(guard="read-only")
    assert (one == other, one != other, one == (*one,)) == (False, True, False)


@pytest.mark.parametrize("by", ["SEGOPS_API_URL", "--api-url", "the file"])
def test_a_profile_shows_no_password_of_its_address(by: str) -> None:
    address = "https://shop:hunter2@api.example.com/api"
    table = {"key": KEY, **({"api_url": address} if by == "the file" else {})}
    settings = Settings({"profiles": {"staging": table}}, file=Path("config.toml"))
    environ = {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": address}

    match by:
        case "SEGOPS_API_URL":
            found = settings.profile(None, environ)
        case "--api-url":
            found = settings.profile(None, {"SEGOPS_API_KEY": KEY}, api_url=address)
        case _:
            found = settings.profile("staging", {})

    assert found.api_url == "https://…@api.example.com/api"
    assert "hunter2" not in repr(found)
