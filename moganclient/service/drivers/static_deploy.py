"""What deploying and undeploying change on a machine of the static driver.

Each is a change at once and those that come later, one after the other; the
states and refusals are Ironic's.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import static_state
from moganclient.service import exceptions

#: From where each target can be reached.
_FROM = {
    'active': ('available', 'deploy failed', 'error'),
    'rebuild': ('active', 'deploy failed', 'error'),
    'deleted': (
        'active',
        'deploy failed',
        'error',
        'rescue',
        'wait call-back',
    ),
}
#: Where a CD-ROM file system says what it is.
_ISO_AT, _ISO = 32769, b'CD001'

Changes = tuple[static_state.Entry, ...]


def check(node: base.Node, target: str) -> None:
    """What Ironic refuses before it begins."""
    if node.provision_state not in _FROM[target]:
        raise exceptions.BadRequest(
            f'The requested action "{target}" can not be performed on node '
            f'{node.uuid} while it is in state "{node.provision_state}".'
        )
    if node.protected and target != 'active':
        raise exceptions.NodeProtected(
            f'Node {node.uuid} is protected and cannot be undeployed or '
            'rebuilt.'
        )
    if node.maintenance and target != 'deleted':
        raise exceptions.BadRequest(
            f'Node {node.uuid} is in maintenance and cannot be deployed.'
        )


def deploy(node: base.Node, configdrive: str | None) -> Changes:
    """To ``active``, or not.

    :raises moganclient.service.exceptions.BadRequest: there is no image
    """
    if not node.instance_info.get('image_source'):
        raise exceptions.BadRequest(
            f'Node {node.uuid} cannot be deployed: its instance_info has no '
            '"image_source".'
        )
    begin: static_state.Entry = {
        'provision_state': 'deploying',
        'target_provision_state': 'active',
        'last_error': None,
    }
    failure = None
    if configdrive is not None:
        failure = _fault_of(configdrive)
        # What Ironic shows of it, too.
        info: dict[str, Any] = {**node.instance_info, 'configdrive': '******'}
        begin['instance_info'] = info
    trouble = simulated(node, 'deploy')
    if trouble == 'fail' or failure:
        return begin, {
            'provision_state': 'deploy failed',
            'last_error': f'Deploying failed: {failure or "simulated"}.',
        }
    if trouble == 'hang':
        return begin, {'provision_state': 'wait call-back'}
    return begin, {
        'provision_state': 'active',
        'target_provision_state': None,
        'power_state': 'power on',
    }


def undeploy(node: base.Node) -> Changes:
    """To ``available`` through cleaning, or not."""
    begin: static_state.Entry = {
        'provision_state': 'deleting',
        'target_provision_state': 'available',
        'last_error': None,
    }
    torn_down: static_state.Entry = {
        'provision_state': 'cleaning',
        'instance_uuid': None,
        'allocation_uuid': None,
        'instance_info': {},
        'vifs': dict.fromkeys(static_state.carried(node)),
    }
    if simulated(node, 'undeploy') == 'fail':
        # Ironic gives the machine up all the same.
        failed: static_state.Entry = {
            **torn_down,
            'provision_state': 'error',
            'last_error': 'Undeploying failed: simulated.',
        }
        return begin, failed
    if simulated(node, 'clean') == 'fail':
        failure = 'Cleaning failed: simulated.'
        return (
            begin,
            torn_down,
            {
                'provision_state': 'clean failed',
                'maintenance': True,
                'maintenance_reason': failure,
                'last_error': failure,
            },
        )
    return (
        begin,
        torn_down,
        {'provision_state': 'available', 'target_provision_state': None},
    )


def simulated(node: base.Node, what: str) -> str | None:
    """The trouble that the file asks for."""
    wanted = node.properties.get('simulate')
    return wanted.get(what) if isinstance(wanted, dict) else None


def _fault_of(configdrive: str) -> str | None:
    """What is wrong with a config drive: Ironic opens it, too."""
    try:
        data = gzip.decompress(base64.b64decode(configdrive, validate=True))
    except (ValueError, EOFError, OSError):
        return 'the configdrive is no base64 of something gzipped'
    if data[_ISO_AT : _ISO_AT + len(_ISO)] != _ISO:
        return 'the configdrive is no ISO 9660'
    return None
