"""What the ``openstack`` shell loads of this project at every start.

Every command of everyone who has this installed imports this module, so it
imports nothing that the shell has not loaded already: the library comes in
when one of our commands asks for its client.
"""

from __future__ import annotations

import logging
import typing

from osc_lib import exceptions
from osc_lib import utils

if typing.TYPE_CHECKING:
    import argparse

    from openstackclient.common import clientmanager

    from moganclient.v1 import client as v1_client

LOG = logging.getLogger(__name__)

#: The client's name on the shell's client manager, and the command group's.
API_NAME = 'baremetal_compute'
#: Where the shell finds the version in its options, and in clouds.yaml with
#: the first ``os_`` taken off.
API_VERSION_OPTION = 'os_baremetal_compute_api_version'
#: ``1`` is the newest that the client and the service both know.
DEFAULT_API_VERSION = '1'
#: Minor versions of v1 that the library speaks; a test compares them with
#: the library's own, which this module may not import.
MINOR_VERSIONS = range(1, 5)
API_VERSIONS = ('1', *(f'1.{minor}' for minor in MINOR_VERSIONS))


def build_option_parser(
    parser: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    """Add our global option to the shell's parser."""
    parser.add_argument(
        '--os-baremetal-compute-api-version',
        metavar='<baremetal-compute-api-version>',
        # Not our default: the shell would prefer it to clouds.yaml.
        default=utils.env('OS_BAREMETAL_COMPUTE_API_VERSION') or None,
        help=(
            'Bare metal compute API version: 1 or latest (the newest that '
            f'client and service both know), or {", ".join(API_VERSIONS[1:])} '
            '(Env: OS_BAREMETAL_COMPUTE_API_VERSION)'
        ),
    )
    return parser


def check_api_version(version: str) -> bool:
    """Refuse a version that this client does not speak.

    Without this hook the shell only warns about an unknown version, then
    goes on without our commands.

    :param version: as the option, the environment or clouds.yaml has it.
    :returns: True, the shell has nothing left to check.
    :raises osc_lib.exceptions.CommandError: for any other version.
    """
    if version not in API_VERSIONS and version not in ('latest', '1.latest'):
        raise exceptions.CommandError(
            f'Bare metal compute API version "{version}" is not one that '
            f'this client knows: pass {", ".join(API_VERSIONS)} or latest to '
            f'--os-baremetal-compute-api-version.'
        )
    return True


def make_client(instance: clientmanager.ClientManager) -> v1_client.Client:
    """The library's client for the cloud that the shell talks to.

    The shell's client manager calls this at the first need and keeps what
    it returns.
    """
    # Here, not above: see the module's docstring.
    from moganclient import client

    cloud = instance.sdk_connection.config
    LOG.debug('Making a bare metal compute client')
    made: v1_client.Client = client.Client(
        instance._api_version[API_NAME],
        session=instance.session,
        endpoint_override=cloud.get_endpoint(API_NAME),
        # Where none is said, the shell has an empty one.
        region_name=cloud.get_region_name(API_NAME) or None,
        interface=cloud.get_interface(API_NAME) or 'public',
        # Only where clouds.yaml says so: the library tries both spellings.
        service_type=cloud.config.get(f'{API_NAME}_service_type'),
    )
    return made
