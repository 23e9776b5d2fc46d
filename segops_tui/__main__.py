"""Run the command with `python -m segops_tui`."""

from segops_tui.cli import main

if __name__ == "__main__":
    main()
