"""Every scene, a module a noun; a module that is put here is found."""

from __future__ import annotations

import importlib
import pkgutil

SCENES = tuple(
    scene
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__))
    for scene in importlib.import_module(f"{__name__}.{module}").SCENES
)
