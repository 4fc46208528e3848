"""Names of other services' things, made into ids.

Flavors, nodes and servers are found by the library.  Ports, images and
projects belong to Neutron, Glance and Keystone, which only the shell's
session can ask, and which are not there at all where nobody authenticates
with Keystone.
"""

from __future__ import annotations

import collections.abc
import typing

from keystoneauth1 import exceptions as ksa_exceptions
from openstack import exceptions as sdk_exceptions
from osc_lib import exceptions

from moganclient import resource

if typing.TYPE_CHECKING:
    from osc_lib import clientmanager


def port_id(manager: clientmanager.ClientManager, port: str) -> str:
    """The id of a Neutron port given by name or id."""
    return _id_of(
        manager,
        'port',
        port,
        'network',
        lambda: manager.sdk_connection.network.ports(name=port),
    )


def network_id(manager: clientmanager.ClientManager, network: str) -> str:
    """The id of a Neutron network given by name or id."""
    return _id_of(
        manager,
        'network',
        network,
        'network',
        lambda: manager.sdk_connection.network.networks(name=network),
    )


def image_id(manager: clientmanager.ClientManager, image: str) -> str:
    """The id of a Glance image given by name or id."""
    return _id_of(
        manager,
        'image',
        image,
        'image',
        lambda: manager.sdk_connection.image.images(name=image),
    )


def user_id(
    manager: clientmanager.ClientManager,
    user: str,
    domain: str | None = None,
) -> str:
    """The id of a user given by name or id.

    Where there is no Keystone to ask, what was typed is taken as the id.

    :param domain: name or id of the user's domain, where a name needs it.
    :raises osc_lib.exceptions.CommandError: there is none, or several, or
        it cannot be looked up
    """
    try:
        found = _find(manager, 'user', user, domain)
    except sdk_exceptions.DuplicateResource as error:
        raise exceptions.CommandError(
            f'More than one user is named "{user}": pass its id, or '
            '--user-domain.'
        ) from error
    if found is None:
        raise exceptions.CommandError(
            f'No user "{user}"'
            + (f' in domain "{domain}".' if domain is not None else '.')
        )
    return found


class SeveralProjects(exceptions.CommandError):
    """A name that projects of several domains have."""


def project_id(
    manager: clientmanager.ClientManager,
    project: str,
    domain: str | None = None,
) -> str:
    """The id of a project given by name or id.

    :param domain: name or id of the project's domain, where a name needs it.
    :raises osc_lib.exceptions.CommandError: there is none, or several, or
        it cannot be looked up
    """
    try:
        found = find_project_id(manager, project, domain)
    except SeveralProjects as error:
        raise exceptions.CommandError(
            f'{str(error).removesuffix(".")}, or --project-domain.'
        ) from error
    if found is None:
        raise exceptions.CommandError(
            f'No project "{project}"'
            + (f' in domain "{domain}".' if domain is not None else '.')
        )
    return found


def find_project_id(
    manager: clientmanager.ClientManager,
    project: str,
    domain: str | None = None,
) -> str | None:
    """The same; None where there is none.

    Where there is no Keystone to ask, what was typed is taken as the id.

    :raises SeveralProjects: there are several of that name
    :raises osc_lib.exceptions.CommandError: it cannot be looked up
    """
    try:
        return _find(manager, 'project', project, domain)
    except sdk_exceptions.DuplicateResource as error:
        raise SeveralProjects(
            f'More than one project is named "{project}": pass its id.'
        ) from error


def _find(
    manager: clientmanager.ClientManager,
    kind: str,
    value: str,
    domain: str | None,
) -> str | None:
    """The id of a project or user; None where there is none.

    :raises openstack.exceptions.DuplicateResource: there are several
    :raises osc_lib.exceptions.CommandError: it cannot be looked up
    """
    if not _can_ask(manager, 'identity'):
        return value
    try:
        # Version 2 knew no domains, and no Keystone of today has it.
        identity: typing.Any = manager.sdk_connection.identity
        domain_id = None
        if domain is not None:
            domain_id = identity.find_domain(domain, ignore_missing=False).id
        found = getattr(identity, f'find_{kind}')(
            value, ignore_missing=False, domain_id=domain_id
        )
    except sdk_exceptions.DuplicateResource:
        raise
    except sdk_exceptions.NotFoundException:
        return None
    except sdk_exceptions.ForbiddenException as error:
        # A plain user may not look at them, but may know an id.
        if _looks_like_id(value):
            return value
        raise exceptions.CommandError(
            f'You may not look up {kind}s in Keystone: pass the id of '
            f'{kind} "{value}".'
        ) from error
    except _UNANSWERED as error:
        raise _not_looked_up(kind, value, error) from error
    return str(found.id)


def lacks_project(manager: clientmanager.ClientManager) -> bool:
    """Whether who is logged in has a token without a project."""
    return manager.auth_ref is not None and not manager.auth_ref.project_id


#: What the SDK raises when a service gave no useful answer.
_UNANSWERED = (
    sdk_exceptions.SDKException,
    ksa_exceptions.ClientException,
)


def _id_of(
    manager: clientmanager.ClientManager,
    kind: str,
    value: str,
    service_type: str,
    named: collections.abc.Callable[[], collections.abc.Iterable[typing.Any]],
) -> str:
    if resource.is_uuid(value):
        return value.lower()
    if not _can_ask(manager, service_type):
        raise exceptions.CommandError(
            f'"{value}" is no {kind} id, and with authentication type '
            f'"{manager.auth_plugin_name}" there is no {service_type} '
            f'service to look a name up in: pass the id of the {kind}.'
        )
    try:
        found = [str(thing.id) for thing in named()]
    except _UNANSWERED as error:
        raise _not_looked_up(kind, value, error) from error
    if not found:
        raise exceptions.CommandError(f'No {kind} "{value}".')
    if len(found) > 1:
        raise exceptions.CommandError(
            f'More than one {kind} is named "{value}": pass the id of one '
            f'of them: {", ".join(found)}.'
        )
    return found[0]


def _can_ask(manager: clientmanager.ClientManager, service_type: str) -> bool:
    """Whether there is a service of a type: a catalog, or an override."""
    config = manager.sdk_connection.config.config
    return bool(
        manager.auth_ref or config.get(f'{service_type}_endpoint_override')
    )


def _not_looked_up(
    kind: str, value: str, error: Exception
) -> exceptions.CommandError:
    return exceptions.CommandError(
        f'Could not look up {kind} "{value}", pass its id instead: {error}'
    )


def _looks_like_id(value: str) -> bool:
    return resource.is_uuid(value) or (
        len(value) >= 32 and all(c in '0123456789abcdef' for c in value)
    )
