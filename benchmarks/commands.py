"""(c) What listing a thousand machines costs an operator's computer.

``openstack baremetalcompute adoptable node list`` against ``openstack
baremetal node list`` of the same thousand nodes of a real Ironic, and against
``openstack --version``, which does nothing: CPU seconds of the command.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile

import _processes

from moganclient.tests.functional.cloud import stack
from moganclient.tests.functional import fixtures as functional

ROUNDS = 5
BIN = pathlib.Path(sys.executable).parent


def measure(rounds: int = ROUNDS) -> list[dict[str, object]]:
    """The figures; starts a cloud with a thousand machines."""
    cloud = stack.get('bulk')
    service = functional.ServiceFixture(
        functional.cloud_config(cloud), port=cloud.layout.compute
    )
    service.setUp()
    try:
        with tempfile.TemporaryDirectory(prefix='moganclient-bench-') as home:
            costs = _processes.in_turns(
                _commands(), _environment(cloud, home), rounds
            )
    finally:
        service.cleanUp()
    ours, ironic, nothing = (
        costs[name] for name in ('ours', 'ironic', 'nothing')
    )
    lines = [cost.output.count('\n') for cost in (ours, ironic)]
    if min(lines) < 1000:
        raise RuntimeError(f'not all machines were listed: {lines} lines')
    name = 'openstack baremetalcompute adoptable node list of 1,000, CPU'
    return [
        {
            'name': f'{name}, to openstack baremetal node list',
            'value': ours.least,
            'floor': ironic.least,
            'unit': 's',
        },
        {
            'name': f'{name}, to openstack --version',
            'value': ours.least,
            'floor': nothing.least,
            'unit': 's',
        },
    ]


def _commands() -> dict[str, list[str]]:
    openstack = str(BIN / 'openstack')
    return {
        'nothing': [openstack, '--version'],
        'ours': [openstack, 'baremetalcompute', 'adoptable', 'node', 'list'],
        # With no limit it lists one page; 0 is all.
        'ironic': [openstack, 'baremetal', 'node', 'list', '--limit', '0'],
    }


def _environment(cloud: stack.Cloud, home: str) -> dict[str, str]:
    return {
        'HOME': home,
        'PATH': os.defpath,
        'PYTHONWARNINGS': 'ignore',
        'COLUMNS': '400',
        'OS_CLIENT_CONFIG_FILE': str(cloud.layout.clouds_yaml),
        'OS_CLOUD': 'system',
    }
