"""Pictures of goods, drawn by code: a shape in the colour of the SKU, on a quiet ground."""

from __future__ import annotations

# ruff: noqa: E501 -- paths read worse when cut

SHAPES = {
    "bed": '<rect x="8" y="24" width="48" height="26" rx="4" fill="{a}"/><path d="M8 34h48v16H8z" fill="{c}"/>'
    '<rect x="13" y="20" width="16" height="11" rx="4" fill="#fff"/><rect x="35" y="20" width="16" height="11" rx="4" '
    'fill="#fff"/><path d="M8 40c16 6 32-6 48 0" stroke="{d}" fill="none"/>',
    "pillow": '<path d="M10 22c6-4 38-4 44 0 3 7 3 14 0 22-6 4-38 4-44 0-3-8-3-15 0-22z" fill="{c}"/>'
    '<path d="M16 27c8-2 24-2 32 0" stroke="{d}" fill="none"/>',
    "towel": '<path d="M14 14h36v6H14z" fill="{a}"/><path d="M18 18h28v34H18z" fill="{c}"/><path d="M18 42h28M18 46h28" '
    'stroke="{d}" stroke-width="2"/>',
    "robe": '<path d="M24 10l8 6 8-6 12 8-4 12-4-2v28H20V28l-4 2-4-12z" fill="{c}"/><path d="M32 16l-6 18h12z" fill="{a}"/>'
    '<path d="M20 36h24" stroke="{d}" stroke-width="3"/>',
    "slippers": '<path d="M12 38c0-14 16-14 16 0v12H12zM36 38c0-14 16-14 16 0v12H36z" fill="{c}"/><path d="M12 38h16M36 '
    '38h16" stroke="{d}" stroke-width="4"/>',
    "curtain": '<path d="M8 12h48v3H8z" fill="{d}"/><path d="M10 15h18c0 16-6 26-10 36h-8zM54 15H36c0 16 6 26 10 36h8z" '
    'fill="{c}"/><path d="M16 15v34M48 15v34M22 15c0 10-3 18-5 26M42 15c0 10 3 18 5 26" stroke="{d}" fill="none"/>',
    "blanket": '<rect x="10" y="18" width="44" height="30" rx="5" fill="{c}"/><path d="M10 26h44M10 33h44M10 40h44M20 '
    '18v30M32 18v30M44 18v30" stroke="{a}"/><rect x="10" y="42" width="44" height="6" rx="3" fill="{d}"/>',
    "bottle": '<path d="M27 10h10v6H27z" fill="{d}"/><rect x="22" y="16" width="20" height="38" rx="5" fill="{c}"/>'
    '<rect x="26" y="28" width="12" height="14" rx="2" fill="#fff"/>',
    "cup": '<path d="M16 22h28v14c0 10-5 14-14 14s-14-4-14-14z" fill="{c}"/><path d="M44 26c9-2 9 13 0 12" stroke="{c}" '
    'stroke-width="4" fill="none"/><path d="M20 30c6 3 14 3 20 0" stroke="{d}" fill="none"/>',
    "hanger": '<path d="M32 22c-1-4 6-4 5-9-1-4-8-3-8 1" stroke="{d}" stroke-width="2" fill="none"/>'
    '<path d="M32 22L8 42c-2 3 0 5 3 5h42c3 0 5-2 3-5z" fill="{c}"/><path d="M32 29L18 41h28z" fill="{g}"/>',
    "tray": '<ellipse cx="32" cy="38" rx="25" ry="11" fill="{c}"/><ellipse cx="32" cy="36" rx="19" ry="7" fill="{a}"/>'
    '<circle cx="26" cy="32" r="5" fill="#fff"/><circle cx="38" cy="33" r="4" fill="{d}"/>',
    "box": '<path d="M10 26l22-8 22 8-22 8z" fill="{a}"/><path d="M10 26v18l22 8V34z" fill="{c}"/><path d="M54 26v18l-22 '
    '8V34z" fill="{d}"/>',
    "kettle": '<path d="M18 26h26l4 26H14z" fill="{c}"/><path d="M44 28l10-4-6 12" fill="{c}"/><path d="M20 26c0-14 22-14 '
    '22 0" stroke="{d}" stroke-width="3" fill="none"/><path d="M17 44h30" stroke="{a}" stroke-width="2"/>',
}


def _mixed(colour: str, with_: str, share: float) -> str:
    parts = [(int(colour[i : i + 2], 16), int(with_[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in parts)


def picture(shape: str, colour: str) -> str:
    """An SVG of 64 by 64: ``colour`` is #rrggbb; lighter, darker and ground follow from it."""
    tones = {
        "c": colour,
        "a": _mixed(colour, "#ffffff", 0.45),
        "d": _mixed(colour, "#1a2230", 0.35),
        "g": _mixed(colour, "#ffffff", 0.86),
    }
    ground = f'<rect width="64" height="64" rx="8" fill="{tones["g"]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">{ground}{SHAPES[shape].format(**tones)}</svg>'
