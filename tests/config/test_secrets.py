"""Where keys come from: what hangs ends, what talks too much is cut, what is said holds no key."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import MissingKey, SegOpsConfigError
from segops_tui.config import keyrings
from segops_tui.config.secrets import FromCommand, FromKeyring

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk_test_0123456789abcdef"


def python(program: str) -> str:
    return f"{sys.executable} -c '{program}'"


def test_a_command_that_hangs_is_ended() -> None:
    began = time.monotonic()

    with pytest.raises(SegOpsConfigError, match=r"took over 0\.2 s"):
        FromCommand(python("import time; time.sleep(60)"), limit=0.2).read({})

    assert time.monotonic() - began < 50


def test_a_command_that_closes_its_output_and_hangs_is_ended() -> None:
    program = "import os, time; os.close(1); time.sleep(60)"

    with pytest.raises(SegOpsConfigError, match="took over"):
        FromCommand(python(program), limit=0.3).read({})


def test_a_command_that_never_stops_printing_fills_no_memory() -> None:
    program = 'exec("while True: print(1234567890)")'

    with pytest.raises(SegOpsConfigError, match="more than one line"):
        FromCommand(python(program)).read({})


def test_a_command_gets_no_shell(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    with pytest.raises(SegOpsConfigError):
        FromCommand(f"echo {KEY}; touch {mark}").read({"PATH": "/usr/bin:/bin"})

    assert not mark.exists()


def test_a_command_sees_the_environment_and_no_input() -> None:
    program = 'import os, sys; print(os.environ["K"] + sys.stdin.read())'

    secret = FromCommand(python(program)).read({"K": KEY})

    assert secret.mask == "sk_test_…cdef"


@pytest.mark.parametrize("command", ["", "   ", "'open"])
def test_a_command_that_is_none_is_one_message(command: str) -> None:
    with pytest.raises(SegOpsConfigError, match="could not be run"):
        FromCommand(command).read({})


def test_a_keyring_hands_out_what_it_keeps(keyring: Any) -> None:
    keyrings.put("prod", KEY)

    assert FromKeyring("prod").read({}).mask == "sk_test_…cdef"
    assert keyrings.delete("prod")
    assert not keyrings.delete("prod")
    with pytest.raises(MissingKey):
        FromKeyring("prod").read({})


def test_a_locked_keyring_hangs_nobody(keyring: Any) -> None:
    keyring.gate = threading.Event()
    began = time.monotonic()

    with pytest.raises(SegOpsConfigError, match="does not answer") as caught:
        keyrings.get("prod", limit=0.1)

    assert time.monotonic() - began < 50
    assert "key_command" in str(caught.value.hint)


def test_what_a_keyring_says_is_not_passed_on(keyring: Any) -> None:
    keyring.fault = RuntimeError(f"cannot store {KEY}")

    with pytest.raises(SegOpsConfigError, match="RuntimeError") as caught:
        keyrings.put("prod", KEY)

    assert KEY not in str(caught.value)


def test_a_keyring_that_is_not_installed_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(SegOpsConfigError, match="not installed") as caught:
        keyrings.get("prod")

    assert "segops-tui[keyring]" in str(caught.value.hint)
