"""Fake hardware that does more than Ironic's own.

Deploying switches it on and undeploying off, as real deploy interfaces do, and
its console has a URL.  ``extra: {'broken': ...}`` of a node says what fails:
``deploy``, ``tear_down``, or ``silent``, which deploys for ever.  Copied
beside a ``dist-info`` that Ironic finds it by (see ``config``), so it imports
nothing of ours.
"""

from __future__ import annotations

from typing import Any

from ironic.common import exception
from ironic.common import states
from ironic.conductor import task_manager
from ironic.drivers import base
from ironic.drivers.modules import fake


def _switch(task: task_manager.TaskManager, state: str) -> None:
    task.node.power_state = state
    task.node.save()


class Deploy(fake.FakeDeploy):  # type: ignore[misc]
    """A deploy interface that leaves the machine as it would be."""

    @base.deploy_step(priority=100)  # type: ignore[untyped-decorator]
    def deploy(self, task: task_manager.TaskManager) -> Any:
        super().deploy(task)
        if task.node.extra.get('broken') == 'deploy':
            raise exception.InstanceDeployFailure('The disk is worn out.')
        _switch(task, states.POWER_ON)
        if task.node.extra.get('broken') == 'silent':
            return states.DEPLOYWAIT
        return None

    def tear_down(self, task: task_manager.TaskManager) -> Any:
        if task.node.extra.get('broken') == 'tear_down':
            raise exception.InstanceDeployFailure('The BMC is on fire.')
        result = super().tear_down(task)
        _switch(task, states.POWER_OFF)
        return result


class Console(fake.FakeConsole):  # type: ignore[misc]
    """A console interface that says where the console is."""

    def get_console(self, task: task_manager.TaskManager) -> dict[str, str]:
        return {
            'type': 'shellinabox',
            'url': f'https://consoles.example.org/{task.node.name}',
        }
