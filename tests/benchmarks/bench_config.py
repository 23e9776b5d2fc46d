"""Two processes change different profiles at once while one is killed at a random moment.

Prints how often the file was read back whole, with every change that was acknowledged. Run it as
`python tests/benchmarks/bench_config.py [ROUNDS]`; it stops at the first loss.
"""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from segops_tui.config.paths import find_paths

WRITER = Path(__file__).parents[1] / "config" / "writing_run.py"
ROUNDS = 200


def main() -> None:
    """Do as many rounds as asked and tell what came of them."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    chance = random.Random(2026)
    acknowledged = untold = left = 0
    with tempfile.TemporaryDirectory() as home:
        paths = find_paths({"SEGOPS_TUI_HOME": home})
        paths.config.mkdir()
        paths.config_file.write_text("# kept\n")
        began = time.perf_counter()
        for number in range(rounds):
            told = one_round(Path(home), number, after=chance.uniform(0.0, 0.15))
            text = paths.config_file.read_text()
            profiles = tomllib.loads(text)["profiles"]
            said = {name: table["workspace"] for name, table in profiles.items()}
            lost = [name for name, word in told.items() if said.get(name, "") < word]
            rights = stat.S_IMODE(paths.config_file.stat().st_mode)
            if lost or rights != 0o600 or not text.startswith("# kept\n"):
                sys.exit(f"round {number}: lost {lost}, rights {rights:04o}")
            acknowledged += sum(int(word.rpartition(" ")[2]) + 1 for word in told.values())
            untold += sum(said[name] != word for name, word in told.items())
            left += len(list(paths.config.glob("*.tmp")))
        seconds = time.perf_counter() - began
    print(f"{rounds} rounds in {seconds:.0f} s: the file parsed every time and was 0600")
    print(f"{acknowledged} acknowledged changes, none lost; {untold} written but not yet told")
    print(f"{left} times a killed writer left a temporary file, which the next change swept away")


def one_round(home: Path, number: int, *, after: float) -> dict[str, str]:
    """Let two write, kill one; answers what they were told is kept."""
    writers = [
        subprocess.Popen(
            [sys.executable, str(WRITER), name, f"{number:04}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "SEGOPS_TUI_HOME": str(home)},
        )
        for name in ("steady", "doomed")
    ]
    for writer in writers:
        if writer.stdout is None or writer.stdout.readline() != b'"ready"\n':
            sys.exit("a writer did not start")
    for writer in writers:
        if writer.stdin is not None:
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
    time.sleep(after)
    writers[1].send_signal(signal.SIGKILL)
    told: dict[str, str] = {}
    for writer in writers:
        out, _ = writer.communicate(timeout=240)
        told |= dict(json.loads(line) for line in out.splitlines() if line.endswith(b"]"))
    if writers[0].returncode != 0:
        sys.exit(f"round {number}: the steady writer failed")
    return told


if __name__ == "__main__":
    main()
