"""Objects of several models out of one row of a SELECT written by hand, for statements every command begins with.

``Model.__init__`` works out defaults, relations and signals of every field of every row, and building the query with
the ORM costs more than running it: for a set of a hundred that is most of a command's time.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models.base import ModelState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model


class Joined:
    """``Joined(s=Stay, r=Room)``: ``columns`` for the SELECT list, and the objects of each row by ``read``.

    The letters are the tables' names in the statement; each model's table has its id as first column.
    """

    def __init__(self, **models: type[Model]) -> None:
        fields = {letter: model._meta.concrete_fields for letter, model in models.items()}
        self.columns = ", ".join(f'{letter}."{field.column}"' for letter, found in fields.items() for field in found)
        names = [[field.attname for field in found] for found in fields.values()]
        ends = list(accumulate(map(len, names)))
        self._parts = list(zip(models.values(), names, [0, *ends[:-1]], ends, strict=True))

    def read(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """The objects of each row, None where an outer join found none. What many rows share is one object."""
        alias = connection.alias  # asked once: the way to it through the proxy is long
        parts: list[tuple[Any, ...]] = [(*part, {}) for part in self._parts]
        for row in rows:
            found = []
            for model, names, first, last, known in parts:
                pk = row[first]
                if pk is not None and pk not in known:
                    known[pk] = _made(model, names, row[first:last], alias)
                found.append(known.get(pk))
            yield found


def _made(model: type[Model], names: list[str], values: tuple[Any, ...], alias: str) -> Any:
    state = ModelState()
    state.adding, state.db = False, alias
    one = model.__new__(model)
    vars(one).update(zip(names, values, strict=True), _state=state)
    return one


def relate(one: Model, **related: Model | None) -> None:
    """Say what an object's foreign keys point to, as ``select_related`` would."""
    vars(one)["_state"].fields_cache.update(related)
