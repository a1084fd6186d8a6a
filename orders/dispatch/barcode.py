"""Code 128 (ISO/IEC 15417) as SVG: sets B and C, so every printable ASCII text; runs of digits take half the room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.html import format_html, format_html_join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.utils.safestring import SafeString

# Widths of bar, space, bar, space, bar, space of the values 0 to 105; the stop sign has a last bar more.
PATTERNS = (  # noqa: SIM905 -- a list of 106 lines says no more
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232"
).split()
STOP = "2331112"
TO_C, TO_B, START_B, START_C = 99, 100, 104, 105
QUIET = 10  # modules of white on both sides
WORTH_PAIRING = 4  # fewer digits cost more signs for changing sets than they save


def check_value(values: Sequence[int]) -> int:
    """The check sign of a start sign and the signs after it: weights 1, 1, 2, 3 …, modulo 103."""
    return (values[0] + sum(i * value for i, value in enumerate(values))) % 103


def encoded(text: str) -> list[int]:
    """Values of all signs from start to check, without the stop sign. Raises ValueError outside printable ASCII."""
    if not text or not all(" " <= sign <= "~" for sign in text):
        message = "Code 128 B takes printable ASCII only"
        raise ValueError(message)
    values: list[int] = []
    in_c = None
    for pairs, part in _parts(text):
        if in_c is None:
            values.append(START_C if pairs else START_B)
        elif pairs != in_c:
            values.append(TO_C if pairs else TO_B)
        in_c = pairs
        values += [int(part[i : i + 2]) for i in range(0, len(part), 2)] if pairs else [ord(sign) - 32 for sign in part]
    return [*values, check_value(values)]


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Stretches for set B, and (True) for set C; of an odd run of digits the first stays in B."""
    for run in re.findall(r"\d+|\D+", text):
        single = run if len(run) < WORTH_PAIRING or not run.isdigit() else run[: len(run) % 2]
        if single:
            yield False, single
        if len(single) < len(run):
            yield True, run[len(single) :]


def modules(text: str) -> list[int]:
    """Widths of bars and spaces in turn, beginning and ending with a bar."""
    return [int(width) for value in encoded(text) for width in PATTERNS[value]] + [int(width) for width in STOP]


def barcode_svg(text: str, height: int = 40) -> SafeString:
    """``text`` as an SVG picture, one unit per module, with quiet zones; its class sets the size on paper."""
    x, bars = QUIET, []
    for i, width in enumerate(modules(text)):
        if i % 2 == 0:
            bars.append((x, width, height))
        x += width
    return format_html(
        '<svg class="barcode" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}" '
        'shape-rendering="crispEdges">{}</svg>',
        x + QUIET,
        height,
        text,
        format_html_join("", '<rect x="{}" width="{}" height="{}"/>', bars),
    )
