"""The console where another program draws it: textual-serve, for a browser."""

from __future__ import annotations

import base64
import importlib.util
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

PATIENCE = 120.0
SERVE = "import sys; from textual_serve.server import Server; Server(sys.argv[1], port=%d).serve()"
BROWSER = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # The page of textual-serve asks another host for a font.
    *("--window-size=1280,800", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost"),
)


def eventually(found: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.1)


@pytest.mark.usefixtures("lived_in")
@pytest.mark.parametrize("words", [[], pytest.param(["open", "users"], marks=pytest.mark.thorough)])
def test_the_console_runs_without_a_terminal_where_another_program_draws_it(
    environ: dict[str, str], words: list[str]
) -> None:
    """textual-serve starts it on pipes and waits for this line before it shows anything."""
    program = subprocess.Popen(
        [sys.executable, "-m", "segops_tui", *words],
        env={**environ, "TERM": "dumb", "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == b"__GANGLION__\n"
    finally:
        program.kill()
        program.communicate()


class Browser:
    """A page in a headless browser, driven over the WebDriver protocol."""

    def __init__(self, driver: str, profile: Path) -> None:
        options = {"args": [*BROWSER, f"--user-data-dir={profile}"]}
        # A page that waits for a font of another host need not have loaded.
        wanted = {"goog:chromeOptions": options, "pageLoadStrategy": "none"}
        self._http = httpx.Client(base_url=driver, timeout=PATIENCE, trust_env=False)
        made = self._http.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
        self._at = f"/session/{made.json()['value']['sessionId']}"

    def _call(self, verb: str, **what: Any) -> Any:
        return self._http.post(f"{self._at}/{verb}", json=what).json()["value"]

    def open(self, url: str) -> None:
        self._call("url", url=url)

    @property
    def state(self) -> str:
        """What textual-serve's script says of the session."""
        script = "return document.body ? document.body.className : ''"
        return str(self._call("execute/sync", script=script, args=[]))

    def click(self, x: int, y: int) -> None:
        there = {"type": "pointerMove", "x": x, "y": y}
        press = ({"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})
        self._call("actions", actions=[{"type": "pointer", "id": "m", "actions": [there, *press]}])

    def press(self, key: str) -> None:
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._call("actions", actions=[{"type": "key", "id": "k", "actions": keys}])

    def picture(self) -> bytes:
        return base64.b64decode(self._http.get(f"{self._at}/screenshot").json()["value"])

    def close(self) -> None:
        self._http.delete(self._at)
        self._http.close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    program = shutil.which("chromedriver")
    if program is None or not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("no browser: chromium and chromedriver are not installed")
    with subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        lines = (re.search(r"successfully on port (\d+)", line) for line in driver.stdout)
        port = next(found[1] for found in lines if found)
        with closing(Browser(f"http://127.0.0.1:{port}", tmp_path / "browser")) as page:
            yield page
        driver.terminate()


@pytest.fixture
def served(environ: dict[str, str], tmp_path: Path) -> Iterator[str]:
    if importlib.util.find_spec("textual_serve") is None:
        pytest.skip("textual-serve is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE % port, f"{sys.executable} -m segops_tui"],
            env=environ, stdout=log, stderr=log,
        )  # fmt: skip
        yield f"http://localhost:{port}"
        server.terminate()
        server.wait()


@pytest.mark.usefixtures("lived_in")
def test_a_browser_shows_the_console_and_its_keys_arrive(served: str, browser: Browser) -> None:
    def answers() -> bool:
        try:
            return httpx.get(served, trust_env=False).status_code == 200
        except httpx.ConnectError:
            return False

    eventually(answers)
    browser.open(served)
    eventually(lambda: "-loaded" in browser.state)
    empty = browser.picture()
    eventually(lambda: "-first-byte" in browser.state)
    eventually(lambda: len(browser.picture()) > 2 * len(empty))

    browser.click(640, 500)
    browser.press("q")

    eventually(lambda: "-closed" in browser.state)
