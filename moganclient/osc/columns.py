"""What a table cell says for a value that is a structure.

Each class prints short lines for people and gives programs (``-f json``) the
structure itself.  Beside them the headings: a field's name in the API and
the words that people read.
"""

from __future__ import annotations

import argparse
import collections.abc
import textwrap
import typing

from cliff import columns
from osc_lib import exceptions

from moganclient.v1 import waiting

if typing.TYPE_CHECKING:
    _Column = columns.FormattableColumn[typing.Any]
else:
    # Older releases of cliff do not take a type parameter here.
    _Column = columns.FormattableColumn

#: Words that title case gets wrong.
_WORDS = {
    'uuid': 'UUID',
    'id': 'ID',
    'url': 'URL',
    'mac': 'MAC',
    'ip': 'IP',
    'ips': 'IPs',
}

#: Headings that are not simply the field's name in title case.
_HEADINGS = {
    'flavor_uuid': 'Flavor UUID',
    'image_source': 'Image',
    'image_uuid': 'Image UUID',
    'is_public': 'Public',
    'key_name': 'Key Pair',
    'metadata': 'Properties',
    'node_uuid': 'Node UUID',
    'portgroups': 'Port Groups',
    'project_id': 'Project ID',
    'resource_aggregates': 'Aggregates',
    'server_uuid': 'Server UUID',
    'system_metadata': 'System Properties',
    'user_id': 'User ID',
}


def heading(field: str) -> str:
    """The words for a field, e.g. ``Resource Class`` for resource_class."""
    return _HEADINGS.get(field) or ' '.join(
        _WORDS.get(word, word.capitalize()) for word in field.split('_')
    )


class Lines(_Column):
    """A list of plain values, one a line."""

    def human_readable(self) -> str:
        return '\n'.join(str(item) for item in self._value or [])

    def machine_readable(self) -> typing.Any:
        return list(self._value or [])


class Mapping(_Column):
    """A mapping, ``key=value`` one a line; what is nested has dots."""

    def human_readable(self) -> str:
        return '\n'.join(
            f'{key}={"" if value is None else value}'
            for key, value in sorted(
                _flat(self._value or {}), key=lambda pair: pair[0]
            )
        )

    def machine_readable(self) -> typing.Any:
        return dict(self._value or {})


class Ports(_Column):
    """NICs or port groups of a node, each with the network port it carries.

    ``52:54:00:5a:01:07 -> 4f0c1e2a-...`` reads: this NIC carries this port
    of Neutron; a ``-`` stands for what there is none of.

    Port groups that are handed over beside the NICs are lines of the table
    too: where the group carries the network port, its NICs carry none.
    """

    #: What the carried port is called.
    CARRIED: typing.ClassVar[str] = 'vif_port_id'
    #: What port groups beside the NICs are known by first.
    GROUP_LABEL: typing.ClassVar[str] = 'address'

    def __init__(
        self, value: typing.Any, portgroups: typing.Any = None
    ) -> None:
        super().__init__(value)
        self._portgroups = portgroups

    def human_readable(self) -> str:
        return '\n'.join(
            [
                *(self._line(nic, 'address') for nic in self._value or []),
                *(
                    self._line(group, self.GROUP_LABEL)
                    for group in self._portgroups or []
                ),
            ]
        )

    def machine_readable(self) -> typing.Any:
        return [dict(nic) for nic in self._value or []]

    def _line(
        self, nic: collections.abc.Mapping[str, typing.Any], label: str
    ) -> str:
        known = nic.get(label) or nic.get('address') or nic.get('name') or '-'
        return f'{known} -> {self._shown(nic.get(self.CARRIED))}'

    @staticmethod
    def _shown(port: str | None) -> str:
        return port or '-'


class ManageablePorts(Ports):
    """The same where the retired API's word for a carried port is used."""

    CARRIED = 'neutron_port_id'


class ShortPorts(Ports):
    """The same in a list, where 36 characters a port are too many."""

    #: What port groups are known by.
    GROUP_LABEL = 'name'

    @staticmethod
    def _shown(port: str | None) -> str:
        return f'{port[:8]}..' if port else '-'


#: Characters of a line, where a sentence has to fit into a table.
WIDTH = 60


def _filled(sentence: str, bullet: str = '') -> str:
    return textwrap.fill(
        sentence,
        WIDTH,
        initial_indent=bullet,
        subsequent_indent=' ' * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )


class Reasons(_Column):
    """Why a node cannot be taken over, in lines that fit a table."""

    def human_readable(self) -> str:
        reasons = self._value or []
        # One reason needs no bullet, of several each has to be seen.
        bullet = '- ' if len(reasons) > 1 else ''
        return '\n'.join(
            _filled(str(reason.get('message') or reason.get('code')), bullet)
            for reason in reasons
        )

    def machine_readable(self) -> typing.Any:
        return [dict(reason) for reason in self._value or []]


class Addresses(_Column):
    """A server's addresses, a network a line: ``private=10.0.0.5, ...``."""

    def human_readable(self) -> str:
        return '\n'.join(
            f'{network}='
            + ', '.join(str(entry.get('addr')) for entry in entries)
            for network, entries in sorted((self._value or {}).items())
        )

    def machine_readable(self) -> typing.Any:
        return dict(self._value or {})


class FixedIPs(_Column):
    """The addresses of a network port, one a line."""

    def human_readable(self) -> str:
        return '\n'.join(
            str(entry.get('ip_address')) for entry in self._value or []
        )

    def machine_readable(self) -> typing.Any:
        return [dict(entry) for entry in self._value or []]


class Created(_Column):
    """Servers that were made at once, and what became of each: one a line.

    Each is a mapping of ``uuid``, ``name``, ``status`` and ``fault``, with
    None where that was not looked at.
    """

    def human_readable(self) -> str:
        return '\n'.join(self._line(one) for one in self._value)

    def machine_readable(self) -> typing.Any:
        return [dict(one) for one in self._value]

    @staticmethod
    def _line(one: collections.abc.Mapping[str, typing.Any]) -> str:
        if one['name'] is None:
            return str(one['uuid'])
        line = f'{one["uuid"]} ("{one["name"]}") is {one["status"]}'
        fault = Fault(one['fault']).human_readable()
        return f'{line}:\n{textwrap.indent(fault, "  ")}' if fault else line


class Fault(_Column):
    """What went wrong with a server: a sentence; nothing where nothing did."""

    def human_readable(self) -> str:
        return _filled(waiting.told(self._value))

    def machine_readable(self) -> typing.Any:
        return dict(self._value) if self._value else None


def with_groups(
    kind: type[Ports],
    node: object,
    cells: collections.abc.Sequence[typing.Any],
    fields: collections.abc.Sequence[str],
) -> tuple[typing.Any, ...]:
    """A node's cells, with its port groups among the ports.

    Not where the groups have a column of their own.

    :param kind: what the cell of the ports is
    """
    if 'ports' not in fields or 'portgroups' in fields:
        return tuple(cells)
    at = fields.index('ports')
    ports = kind(
        getattr(node, 'ports', None), getattr(node, 'portgroups', None)
    )
    return (*cells[:at], ports, *cells[at + 1 :])


def cell(
    field: str,
    value: typing.Any,
    kinds: collections.abc.Mapping[str, type[_Column]],
) -> typing.Any:
    """The cell of a field: a column class where it holds a structure.

    :param kinds: the class of each field that has one of its own; any other
        list or mapping (a field of a newer service, say) gets a plain one.
    """
    if field in kinds:
        return kinds[field](value)
    if isinstance(value, collections.abc.Mapping):
        return Mapping(value)
    if isinstance(value, (list, tuple)):
        return Lines(value)
    return value


def row(
    resource: object,
    fields: collections.abc.Iterable[str],
    kinds: collections.abc.Mapping[str, type[_Column]],
) -> tuple[typing.Any, ...]:
    """A resource's cells; a field that it does not have is None."""
    return tuple(
        cell(field, getattr(resource, field, None), kinds) for field in fields
    )


def headings(fields: collections.abc.Iterable[str]) -> tuple[str, ...]:
    """The words for several fields."""
    return tuple(heading(field) for field in fields)


def check_selected(
    parsed_args: argparse.Namespace, names: collections.abc.Sequence[str]
) -> None:
    """Refuse ``--column`` of what there is not, before a command acts.

    The shell itself looks at it only after the command has acted, so that
    a typing error would follow on a machine that has been taken over.  What
    it is left with is spelled like the heading, for older shells know no
    other spelling.

    :raises osc_lib.exceptions.CommandError: no column of that name.
    """
    known = {_normalized(name): name for name in names}
    for column in parsed_args.columns or ():
        if _normalized(column) not in known:
            raise exceptions.CommandError(
                f'There is no column "{column}": there are {", ".join(names)}.'
            )
    parsed_args.columns = [
        known[_normalized(column)] for column in parsed_args.columns or ()
    ]


def _normalized(name: str) -> str:
    return name.strip().lower().replace(' ', '_')


def _flat(
    mapping: collections.abc.Mapping[str, typing.Any], prefix: str = ''
) -> collections.abc.Iterator[tuple[str, typing.Any]]:
    for key, value in mapping.items():
        if isinstance(value, collections.abc.Mapping) and value:
            yield from _flat(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value
