"""Whole numbers out of what a page sent."""

from __future__ import annotations

DIGITS = 18  # what fits a bigint for sure


def whole(text: str | None) -> int:
    """The number, or 0 for anything that is none."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0


def wholes(text: str | None) -> list[int]:
    """The numbers of a comma-separated list; what is none is left out."""
    return [number for part in (text or "").split(",") if (number := whole(part)) or part == "0"]
