"""What the commands of flavors share: options, and printing one."""

from __future__ import annotations

import argparse
import typing

from moganclient import exceptions as library
from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options

if typing.TYPE_CHECKING:
    from osc_lib import shell

    from moganclient.v1 import client as v1_client
    from moganclient.v1 import flavor as v1_flavor

#: What ``show`` and ``create`` print.
SHOW = (
    'uuid',
    'name',
    'description',
    'resources',
    'traits',
    'is_public',
    'access',
    'disabled',
    'resource_aggregates',
    'created_at',
    'updated_at',
)


def add_flavor(
    parser: argparse.ArgumentParser, words: str, nargs: str | None = None
) -> None:
    """Add the flavors to act on."""
    parser.add_argument(
        'flavor',
        metavar='<flavor>',
        type=options.nonempty,
        nargs=nargs,
        help=words,
    )


def add_traits(parser: argparse.ArgumentParser, words: str) -> None:
    """Add --trait."""
    parser.add_argument(
        '--trait',
        dest='traits',
        metavar='<trait>',
        type=options.nonempty,
        action='append',
        help=f'{words}, as Ironic writes it (repeat for several)',
    )


def add_projects(parser: argparse.ArgumentParser, words: str) -> None:
    """Add --project and --project-domain."""
    parser.add_argument(
        '--project',
        dest='projects',
        metavar='<project>',
        type=options.nonempty,
        action='append',
        default=[],
        help=(
            f'{words} though it is private, name or ID, ID where there is no '
            'Keystone (repeat for several)'
        ),
    )
    options.add_project_domain(parser, 'projects')


def project_ids(
    app: shell.OpenStackShell, parsed_args: argparse.Namespace
) -> list[str]:
    """Ids of what was typed of :func:`add_projects`.

    :raises osc_lib.exceptions.CommandError: there is no such project, or the
        service knows nothing of access
    """
    if parsed_args.projects:
        errors.client_for(app, 'the access to flavors')
    return [
        lookups.project_id(
            app.client_manager, project, parsed_args.project_domain
        )
        for project in parsed_args.projects
    ]


def add_switches(
    parser: argparse.ArgumentParser,
    is_public: bool | None,
    disabled: bool | None,
) -> None:
    """Add --public, --private, --enable and --disable, and their defaults."""
    seen = parser.add_mutually_exclusive_group()
    seen.add_argument(
        '--public',
        dest='is_public',
        action='store_true',
        help='Every project sees it' + (' (default)' if is_public else ''),
    )
    seen.add_argument(
        '--private',
        dest='is_public',
        action='store_false',
        help='Only admins see it',
    )
    used = parser.add_mutually_exclusive_group()
    used.add_argument(
        '--enable',
        dest='disabled',
        action='store_false',
        help='New servers may have it'
        + (' (default)' if disabled is False else ''),
    )
    used.add_argument(
        '--disable',
        dest='disabled',
        action='store_true',
        help='New servers may not have it',
    )
    parser.set_defaults(is_public=is_public, disabled=disabled)


def access(
    client: v1_client.Client, flavor: v1_flavor.Flavor
) -> list[str] | None:
    """Who may have a flavor that is not public, None where nobody says."""
    if flavor.is_public:
        return None
    try:
        return client.flavor.get_access(flavor)
    except (
        library.Forbidden,
        library.NotFound,
        library.UnsupportedVersion,
    ):
        return None


def shown(
    flavor: v1_flavor.Flavor, projects: list[str] | None
) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    """A flavor as ``show`` and ``create`` print it.

    :param projects: that may have it, of one that is not public
    """
    return columns.headings(SHOW), tuple(
        columns.cell(
            field,
            projects if field == 'access' else getattr(flavor, field, None),
            {},
        )
        for field in SHOW
    )
