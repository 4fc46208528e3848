"""Options, and ways of acting, that several commands share."""

from __future__ import annotations

import argparse
import collections.abc
import functools
import ipaddress
import logging
import os
import typing

from osc_lib.cli import parseractions
from osc_lib import exceptions


_Thing = typing.TypeVar('_Thing')

#: What of an environment variable switches something on, as elsewhere in
#: the shell.
_ON = frozenset({'1', 't', 'true', 'y', 'yes', 'on'})


def between(
    lowest: int, highest: float = float('inf')
) -> collections.abc.Callable[[str], int]:
    """An argparse type: a whole number from ``lowest`` to ``highest``."""
    bounds = f'from {lowest} to {highest}'
    if highest == float('inf'):
        bounds = f'of {lowest} or more'

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if not lowest <= number <= highest:
            raise argparse.ArgumentTypeError(
                f'"{text}" is not a whole number {bounds}'
            )
        return number

    return whole


#: An argparse type: a whole number of 1 or more.
positive = between(1)


def seconds(text: str) -> float:
    """An argparse type: a number of seconds above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    # Neither "nan" nor "inf" is a time.
    if not 0 < number < float('inf'):
        raise argparse.ArgumentTypeError(
            f'"{text}" is not a number of seconds above 0'
        )
    return number


def nonempty(text: str) -> str:
    """An argparse type: a string that says something."""
    if not text.strip():
        raise argparse.ArgumentTypeError('an empty value says nothing')
    return text


def address(text: str) -> str:
    """An argparse type: an IP address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'"{text}" is not an IP address'
        ) from None


def switched_on(variable: str) -> bool:
    """Whether an environment variable says yes."""
    return os.environ.get(variable, '').strip().lower() in _ON


def add_all_projects(parser: argparse._ActionsContainer, words: str) -> None:
    """Add --all-projects, which the environment can say for all commands.

    :param words: what is done in all projects
    """
    parser.add_argument(
        '--all-projects',
        action='store_true',
        default=switched_on('ALL_PROJECTS'),
        help=f'{words} (admin only; Env: ALL_PROJECTS)',
    )


def add_project(
    parser: argparse.ArgumentParser,
    words: str,
    choice: argparse._ActionsContainer | None = None,
) -> None:
    """Add --project and --project-domain.

    :param words: what the project is, with what is to be said beside
    :param choice: where --project goes, if not to the parser
    """
    (choice or parser).add_argument(
        '--project',
        metavar='<project>',
        type=nonempty,
        help=words,
    )
    add_project_domain(parser, 'project')


def add_project_domain(parser: argparse.ArgumentParser, whose: str) -> None:
    """Add --project-domain."""
    parser.add_argument(
        '--project-domain',
        metavar='<project-domain>',
        help=f'Domain of the {whose} (name or ID)',
    )


def add_properties(
    parser: argparse.ArgumentParser,
    words: str,
    option: str = '--property',
    dest: str = 'properties',
) -> None:
    """Add --property, of ``key=value`` each."""
    parser.add_argument(
        option,
        dest=dest,
        metavar='<key=value>',
        action=parseractions.KeyValueAction,
        help=f'{words} (repeat for several)',
    )


def check_has(
    owner: str,
    kind: str,
    has: collections.abc.Iterable[str],
    gone: collections.abc.Iterable[str],
) -> None:
    """Refuse to remove what is not there.

    :param owner: whose it would be, for the sentence: ``Server "db-3"``
    :param kind: what is to go: ``property``
    :param has: all that there are of it
    :raises osc_lib.exceptions.CommandError: one of ``gone`` is not there
    """
    known = sorted(has)
    for one in gone:
        if one not in known:
            raise exceptions.CommandError(
                f'{owner} has no {kind} "{one}". It has: '
                f'{", ".join(known) or "none"}.'
            )


def add_node_filters(parser: argparse.ArgumentParser) -> None:
    """Add --name, --resource-class, --owner and --conductor-group."""
    parser.add_argument(
        '--name',
        metavar='<name>',
        help='Only the node of this name',
    )
    parser.add_argument(
        '--resource-class',
        metavar='<resource-class>',
        help='Only nodes of this resource class',
    )
    parser.add_argument(
        '--owner',
        metavar='<owner>',
        help='Only nodes of this owner (as the node has it, an ID mostly)',
    )
    parser.add_argument(
        '--conductor-group',
        metavar='<conductor-group>',
        help='Only nodes of this conductor group',
    )


def node_filters(parsed_args: argparse.Namespace) -> dict[str, typing.Any]:
    """What was typed of :func:`add_node_filters`, for the library."""
    return {
        'name': parsed_args.name,
        'resource_class': parsed_args.resource_class,
        'owner': parsed_args.owner,
        'conductor_group': parsed_args.conductor_group,
    }


def add_paging(
    parser: argparse.ArgumentParser, sort_keys: collections.abc.Iterable[str]
) -> None:
    """Add --sort, --limit, --marker and --max-items.

    As osc-lib's pagination helpers have them, but for --limit, of which
    the service wants 1 or more and which is the size of a page here.
    """
    parser.add_argument(
        '--sort',
        metavar='<key>[:<direction>]',
        type=nonempty,
        help=(
            'Sort by this key, in direction asc (the default) or desc. '
            f'Keys: {", ".join(sort_keys)}'
        ),
    )
    parser.add_argument(
        '--limit',
        metavar='<limit>',
        type=positive,
        help=(
            'Ask the service for at most this many entries at a time. All '
            'are listed all the same: see --max-items'
        ),
    )
    parser.add_argument(
        '--marker',
        metavar='<marker>',
        type=nonempty,
        help='List what comes after the entry with this UUID',
    )
    parser.add_argument(
        '--max-items',
        metavar='<max-items>',
        type=positive,
        help='List at most this many entries in all',
    )


def paging(parsed_args: argparse.Namespace) -> dict[str, typing.Any]:
    """What was typed of :func:`add_paging`, as the library's arguments."""
    return {
        'sort': parsed_args.sort,
        'limit': parsed_args.limit,
        'marker': parsed_args.marker,
        'max_items': parsed_args.max_items,
    }


def for_each(
    log: logging.Logger,
    act: collections.abc.Callable[[_Thing], object],
    things: collections.abc.Sequence[_Thing],
    kind: str,
    undone: str,
) -> None:
    """Act on each of several things; what fails does not stop the rest.

    Where an act returns a function, there is something to wait for: it is
    called once all the others have been begun.

    :param kind: what they are, in the plural, e.g. ``servers``.
    :param undone: what did not happen, e.g. ``could not be let go``.
    :raises osc_lib.exceptions.CommandError: at the end, where any failed:
        how many of how many; of a single one, just what went wrong.
    """
    failed = 0
    acts: list[collections.abc.Callable[[], object]]
    acts = [functools.partial(act, thing) for thing in things]
    while acts:
        begun: list[collections.abc.Callable[[], object]] = []
        for one in acts:
            try:
                rest = one()
            # Whatever it is, the others are still to be tried.
            except Exception as error:
                if len(things) == 1:
                    raise exceptions.CommandError(str(error)) from error
                failed += 1
                log.error('%s', error)
                log.debug('The same in full', exc_info=True)
            else:
                if callable(rest):
                    begun.append(rest)
        acts = begun
    if failed:
        raise exceptions.CommandError(
            f'{failed} of {len(things)} {kind} {undone}.'
        )
