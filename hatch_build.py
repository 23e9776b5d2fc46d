"""Build hook: addresses in the package's metadata, from the one `repository` in pyproject.toml.

While it is empty, the metadata has no addresses, and the README is taken as it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")


class Addresses(MetadataHookInterface):
    """Fills in the project's links and the README, whose links an index cannot resolve."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme`, and `urls` where there is a repository."""
        repository = str(self.config.get("repository", "")).rstrip("/")
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        if repository:
            version = str(metadata["version"])
            tree = "main" if "dev" in version else f"v{version}"
            readme = with_addresses(readme, f"{repository}/{{}}/{tree}")
            metadata["urls"] = urls(repository)
        metadata["readme"] = {"content-type": "text/markdown", "text": readme}


def urls(repository: str) -> dict[str, str]:
    """The links that an index shows beside the package."""
    return {
        "Repository": repository,
        "Documentation": f"{repository}/tree/main/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def with_addresses(text: str, at: str) -> str:
    """Markdown with absolute links; `at` is the tree's address, with `{}` for the view."""

    def absolute(link: re.Match[str]) -> str:
        target = link["target"]
        if ":" in target or target.startswith("#"):
            return link[0]
        view = "raw" if link["image"] else "blob"
        return f"{link['image']}[{link['text']}]({at.format(view)}/{target})"

    return _LINK.sub(absolute, text)
