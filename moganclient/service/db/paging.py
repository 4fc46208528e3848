"""Pages of a sorted list, by the key of the last row of the page before.

Unlike an offset this neither repeats nor leaves out a row when others come
and go in between.  Rows without a value come last, in both directions and on
every database; equal values keep the order in which the rows were made.
"""

from __future__ import annotations

from collections.abc import Iterable
import dataclasses
from typing import Any
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service import exceptions

_M = TypeVar('_M', models.Server, models.Flavor)


@dataclasses.dataclass(slots=True, frozen=True)
class Page:
    """Which part of a list is asked for."""

    #: One of the list's sort keys, or None for the order of creation.
    sort_key: str | None = None
    descending: bool = False
    #: The most rows, at least 1.
    limit: int = 1000
    #: UUID of the last row of the page before.
    marker: str | None = None


def page(
    session: orm.Session,
    model: type[_M],
    conditions: Iterable[sa.ColumnElement[bool]],
    sort_keys: dict[str, str],
    query: Page,
) -> tuple[list[_M], str | None]:
    """Read one page.

    :param conditions: what all rows of the list meet
    :param sort_keys: names of the keys to attributes of the model
    :returns: the rows and, where there are more, the next page's marker
    :raises moganclient.service.exceptions.BadRequest: no such marker, no such
        sort key
    """
    noun = model.__name__.lower()
    conditions = list(conditions)
    column: Any = _column(model, noun, sort_keys, query.sort_key)
    select = sa.select(model).where(*conditions).limit(query.limit + 1)
    if query.marker is not None:
        last = session.scalars(
            sa.select(model)
            .where(*conditions, model.uuid == query.marker)
            .options(orm.lazyload('*'))
        ).one_or_none()
        if last is None:
            raise exceptions.BadRequest(
                f'The marker "{query.marker}" is no {noun} of this list; '
                f'pass the UUID of the last {noun} of the page before.',
                code='marker_not_found',
            )
        select = select.where(_after(model, column, query, last))
        # The page itself may hold this row no more, and wants its ports.
        session.expunge(last)
    order: list[Any] = []
    if column is not None:
        if column.property.columns[0].nullable:
            order.append(column.is_(None))
        order.append(column.desc() if query.descending else column.asc())
    by_id = query.descending and column is None
    order.append(model.id.desc() if by_id else model.id.asc())
    rows = list(session.scalars(select.order_by(*order)))
    if len(rows) <= query.limit:
        return rows, None
    rows = rows[: query.limit]
    return rows, rows[-1].uuid


def _column(
    model: type[Any], noun: str, sort_keys: dict[str, str], key: str | None
) -> Any:
    if key is None:
        return None
    if key not in sort_keys:
        raise exceptions.BadRequest(
            f'A list of {noun}s cannot be sorted by "{key}"; known are '
            f'{", ".join(sorted(sort_keys))}.'
        )
    return getattr(model, sort_keys[key])


def _after(
    model: type[Any], column: Any, query: Page, last: Any
) -> sa.ColumnElement[bool]:
    """The condition that a row comes after the last one seen."""
    if column is None:
        if query.descending:
            return model.id < last.id  # type: ignore[no-any-return]
        return model.id > last.id  # type: ignore[no-any-return]
    value = getattr(last, column.key)
    later = model.id > last.id
    if value is None:
        return sa.and_(column.is_(None), later)
    beyond = column < value if query.descending else column > value
    after = sa.or_(beyond, sa.and_(column == value, later))
    if column.property.columns[0].nullable:
        after = sa.or_(after, column.is_(None))
    return after
