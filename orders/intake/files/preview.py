"""What a file would become, before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oms.web.formats import mask_name, mask_phone
from orders.intake.files.assembly import Assembler, RefusedOrder
from orders.intake.files.problems import Problem, explain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from inventory.catalog.models import Channel
    from orders.intake.files.mapping import Mapping
    from orders.intake.files.table import Cell, Row
    from orders.intake.schema import NeutralOrder

MOST_ORDERS = 8
MOST_PROBLEMS = 12
PERSONAL = {
    "receiver.name": mask_name,
    "buyer.name": mask_name,
    "receiver.phone": mask_phone,
    "buyer.phone": mask_phone,
}


@dataclass
class Preview:
    """What the sample of a file would become. ``problems``: (row number, reason), the first ones."""

    orders: list[NeutralOrder] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    good: int = 0
    bad: int = 0
    returns: int = 0


def preview_of(
    *, mapping: Mapping, columns: Sequence[str], sample: Sequence[Row], channel: Channel, at: dt.datetime
) -> Preview:
    """Read the sampled rows as the import would; the last order may be cut off by the end of the sample."""
    assembler = Assembler(mapping=mapping, columns=columns, channel=channel.code, zone=channel.branch.time_zone, at=at)
    preview = Preview()
    problems: list[tuple[int, str]] = []
    for rows in _grouped(assembler, sample, problems).values():
        try:
            order = assembler.read(rows)
        except RefusedOrder as refusal:
            preview.bad += 1
            problems += [(row, explain(problem.pack())) for row, problem in refusal.problems.items()]
            continue
        preview.good += 1
        preview.returns += order.type == "return"
        if len(preview.orders) < MOST_ORDERS:
            preview.orders.append(order)
    preview.problems = sorted(problems)[:MOST_PROBLEMS]
    return preview


def _grouped(
    assembler: Assembler, sample: Sequence[Row], problems: list[tuple[int, str]]
) -> dict[str, list[tuple[int, list[Cell]]]]:
    groups: dict[str, list[tuple[int, list[Cell]]]] = {}
    for row in sample:
        if row.problem:
            problems.append((row.no, explain(Problem(row.problem).pack())))
            continue
        try:
            groups.setdefault(assembler.order_key(row.cells), []).append((row.no, row.cells))
        except Problem as problem:
            problems.append((row.no, explain(problem.pack())))
    return groups


def shown_cells(cells: Sequence[Cell], masks: dict[int, Any]) -> list[str]:
    """Cells as people may see them in a list: names and phones masked."""
    shown = [cell if isinstance(cell, str) else cell[1] for cell in cells]
    return [masks[i](cell) if i in masks else cell for i, cell in enumerate(shown)]


def masks_of(columns: Sequence[str], mapped: dict[str, str]) -> dict[int, Any]:
    """Position of a personal column → how it is masked."""
    return {columns.index(mapped[key]): mask for key, mask in PERSONAL.items() if mapped.get(key) in columns}
