"""Pictures of SKUs."""

from __future__ import annotations

import base64


def picture_uri(svg: str) -> str:
    """A picture for the src of an <img>, where no script in it can run; empty if there is none."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode() if svg else ""
