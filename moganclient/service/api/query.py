"""Query arguments: each known one read strictly, each unknown one refused."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence
import ipaddress
import re

import flask

from moganclient.service import exceptions
from moganclient.v1 import schemas

_UUID = re.compile(schemas.UUID_PATTERN.removesuffix('$') + r'\Z')
_TRUE = frozenset({'true', '1', 'yes', 'y', 'on', 't'})
_FALSE = frozenset({'false', '0', 'no', 'n', 'off', 'f'})


def is_uuid(value: str) -> bool:
    """Whether a text is a UUID, with dashes, in any case."""
    return _UUID.match(value) is not None


def path_text(value: str) -> str:
    """A part of the path, which no name with a NUL character has.

    :raises moganclient.service.exceptions.NotFound: it holds one
    """
    if '\0' in value:
        raise exceptions.NotFound('There is nothing of a name with NUL.')
    return value


class Query:
    """The query arguments of the request that is being served."""

    def __init__(self, known: Collection[str]) -> None:
        """Take them.

        :param known: the names that this request can have
        :raises moganclient.service.exceptions.BadRequest: another one, one
            twice, or one with a NUL character
        """
        args = flask.request.args
        for name in args:
            if name not in known:
                listed = ', '.join(sorted(known)) if known else 'none'
                raise _bad(
                    f'The query argument "{name}" is not known; known are: '
                    f'{listed}.'
                )
            if len(args.getlist(name)) > 1:
                raise _bad(f'The query argument "{name}" is there twice.')
            if '\0' in args[name]:
                raise _bad(f'The query argument "{name}" holds NUL.')
        self._args = args

    def text(self, name: str) -> str | None:
        """A text that is not empty, or None."""
        value = self._args.get(name)
        if value == '':
            raise _bad(f'The query argument "{name}" is empty.')
        return value

    def flag(self, name: str) -> bool:
        """A boolean; False where it is not given.  Bare it is true."""
        value = self._args.get(name)
        if value is None:
            return False
        if value == '' or value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise _bad(f'{name}="{value}" is neither true nor false.')

    def flag_or_none(self, name: str) -> bool | None:
        """A boolean, or None where it is not given."""
        return self.flag(name) if name in self._args else None

    def one_of(self, name: str, values: Sequence[str]) -> str | None:
        """One of the values, or None."""
        value = self.text(name)
        if value is not None and value not in values:
            raise _bad(
                f'{name}="{value}" is not known; known are: '
                f'{", ".join(values)}.'
            )
        return value

    def uuid(self, name: str) -> str | None:
        """A UUID in lower case, or None."""
        value = self.text(name)
        if value is not None and not is_uuid(value):
            raise _bad(f'{name}="{value}" is not a UUID.')
        return value.lower() if value is not None else None

    def address(self, name: str) -> str | None:
        """An IP address as Neutron writes it, or None."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            raise _bad(f'{name}="{value}" is not an IP address.') from None

    def limit(self) -> int:
        """Items on the page: ``limit``, at most ``[api] max_limit``."""
        most: int = flask.current_app.config['MAX_LIMIT']
        value = self._args.get('limit')
        if value is None:
            return most
        if not re.match(r'^[0-9]{1,18}\Z', value) or int(value) < 1:
            raise _bad(f'limit="{value}" is not a whole number from 1 on.')
        return min(int(value), most)

    def fields(self, known: Sequence[str]) -> list[str] | None:
        """The members to show, from ``fields=a,b``, or None for all."""
        value = self.text('fields')
        if value is None:
            return None
        fields = [field.strip() for field in value.split(',')]
        for field in fields:
            if field not in known:
                raise _bad(
                    f'The field "{field}" in fields="{value}" is not known; '
                    f'known are: {", ".join(known)}.'
                )
        return fields

    def sort(self, keys: Sequence[str]) -> tuple[str | None, bool]:
        """Key and whether to descend, from ``sort=key:dir``.

        ``sort_key`` and ``sort_dir`` are the retired API's spelling.
        """
        value = self.text('sort')
        if value is None:
            key, direction = self.text('sort_key'), self.text('sort_dir')
        elif 'sort_key' in self._args or 'sort_dir' in self._args:
            raise _bad('Give either sort or sort_key and sort_dir, not both.')
        else:
            first, colon, second = value.partition(':')
            key, direction = first, second if colon else None
        if key is not None and key not in keys:
            raise _bad(
                f'The list cannot be sorted by "{key}"; known are: '
                f'{", ".join(keys)}.'
            )
        if direction not in (None, 'asc', 'desc'):
            raise _bad(
                f'The direction "{direction}" to sort in is not known; known '
                'are: asc, desc.'
            )
        return key, direction == 'desc'


def _bad(detail: str) -> exceptions.BadRequest:
    return exceptions.BadRequest(detail, code='invalid_query')
