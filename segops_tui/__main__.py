"""`python -m segops_tui` is `segops-tui`."""

from segops_tui.cli import main

if __name__ == "__main__":
    main()
