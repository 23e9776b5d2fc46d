"""The console's themes: dark, light, and the terminal's own colours; and the colours of tones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from segops_tui.nouns.column import Tone

DARK: Final = Theme(
    name="segops-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#dcbdfb",
    foreground="#cdd5df",
    background="#0f131a",
    surface="#0f131a",
    panel="#19202b",
    boost="#19202b",
    success="#57d9a3",
    warning="#f2c661",
    error="#ff7b72",
    dark=True,
    variables={
        "border": "#6cb6ff",
        "border-blurred": "#333e4d",
        "block-cursor-background": "#1f4a75",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#1b2634",
        "block-cursor-blurred-foreground": "#e8edf4",
        "block-cursor-blurred-text-style": "none",
        "text": "#cdd5df",
        "text-muted": "#8793a3",
        "text-disabled": "#566170",
        "scrollbar": "#333e4d",
        "scrollbar-hover": "#4a5769",
        "scrollbar-active": "#6cb6ff",
        "scrollbar-background": "#0f131a",
        "scrollbar-background-hover": "#0f131a",
        "scrollbar-background-active": "#0f131a",
        "scrollbar-corner-color": "#0f131a",
        "input-selection-background": "#6cb6ff 35%",
        "footer-key-foreground": "#6cb6ff",
    },
)

LIGHT: Final = Theme(
    name="segops-light",
    primary="#0b62b0",
    secondary="#1a7f4b",
    accent="#7a3fb5",
    foreground="#1f2733",
    background="#fbfcfd",
    surface="#fbfcfd",
    panel="#eaeff5",
    boost="#eaeff5",
    success="#12744a",
    warning="#8a5a00",
    error="#c3262b",
    dark=False,
    variables={
        "border": "#0b62b0",
        "border-blurred": "#c3ccd8",
        "block-cursor-background": "#0b62b0",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#dce7f3",
        "block-cursor-blurred-foreground": "#1f2733",
        "block-cursor-blurred-text-style": "none",
        "text": "#1f2733",
        "text-muted": "#5b6878",
        "text-disabled": "#98a3b1",
        "scrollbar": "#c3ccd8",
        "scrollbar-hover": "#a5b1c0",
        "scrollbar-active": "#0b62b0",
        "scrollbar-background": "#fbfcfd",
        "scrollbar-background-hover": "#fbfcfd",
        "scrollbar-background-active": "#fbfcfd",
        "scrollbar-corner-color": "#fbfcfd",
        "input-selection-background": "#0b62b0 25%",
        "footer-key-foreground": "#0b62b0",
    },
)

ANSI: Final = Theme(
    name="segops-ansi",
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    dark=True,
    ansi=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border": "ansi_blue",
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "ansi_default",
        "block-cursor-blurred-foreground": "ansi_default",
        "block-cursor-blurred-text-style": "bold underline",
        "text": "ansi_default",
        "text-muted": "ansi_bright_black",
        "text-disabled": "ansi_bright_black",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_bright_black",
        "scrollbar-active": "ansi_blue",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "footer-key-foreground": "ansi_blue",
    },
)
"""The terminal's own sixteen colours, on its own background: at home in a dark one and a light."""

THEMES: Final = (DARK, LIGHT, ANSI)

BY_WORD: Final[Mapping[str, Theme]] = {"dark": DARK, "light": LIGHT, "ansi": ANSI}
"""The themes as a config file names them."""

TONES: Final[Mapping[Tone, str]] = {
    "": "",
    "good": "$success",
    "warn": "$warning",
    "bad": "$error",
    "busy": "$primary",
    "muted": "$text-muted",
    "strong": "bold",
}
"""A tone as a style of Textual's content; beside it there is always a word or a symbol."""

PROFILE_COLOURS: Final[Mapping[str, str]] = {
    "red": "$error",
    "yellow": "$warning",
    "green": "$success",
    "cyan": "ansi_cyan",
    "blue": "$primary",
    "magenta": "$accent",
    "white": "$foreground",
}
"""The colours a profile may ask for, as the theme has them."""
