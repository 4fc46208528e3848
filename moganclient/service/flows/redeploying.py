"""The steps that deploy a machine again, which wipes it.

Asked for twice it would wipe what somebody has used since.  So that it was
asked for is in the row before it is, together with what the inventory said of
the machine then, in the plan's ``rebuild``; whoever comes back to it looks
whether that changed, and never asks again.
"""

from __future__ import annotations

from typing import Any

from moganclient.service import configdrive
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import deploying
from moganclient.service.flows import drives
from moganclient.service.flows import turns
from moganclient.service.flows import undeploying
from moganclient.service.flows import work as work_mod
from moganclient.service import ours
from moganclient.service import sanitize

#: From where a machine can be deployed again.
_FROM = ('active', 'error', 'deploy failed')


class RebuildUnknown(exceptions.ServiceError):
    """It was asked for, and nothing says that the inventory heard it."""

    code = 'rebuild_unknown'


class Redeploy(turns.Step):
    """Begin to deploy a machine again that runs, or failed to."""

    name = 'redeploy'

    def do(self, work: work_mod.Work) -> None:
        server = work.server
        node = work.runtime.driver.get_node(str(server.node_uuid))
        ours.require(server, node)
        told = _told(work)
        if not told.get('asked'):
            self._ask(work, node)
        elif not _accepted(told, node):
            if node.reserved:
                # What holds it may be just that.
                raise turns.NotYet(work.runtime.conf.flows.poll_interval)
            raise RebuildUnknown(
                'It is not known whether the machine was told to deploy '
                'itself again: no answer came, and nothing shows that it '
                'did. Rebuild the server again if that is still wanted.'
            )
        _record(work)

    @staticmethod
    def _ask(work: work_mod.Work, node: base.Node) -> None:
        if node.provision_state not in _FROM:
            raise deploying.DeployFailed(
                f'A machine that is "{node.provision_state}" cannot be '
                'deployed again.'
            )
        if work.late:
            raise turns.NotYet(0.0)
        drive = configdrive.build(drives.contents(work, node))
        plan, told = work.server.plan or {}, _told(work)
        asked = {**told, 'asked': True, 'before': node.provision_updated_at}
        work.save(plan={**plan, 'rebuild': asked})
        try:
            work.runtime.driver.provision(
                node.uuid, 'rebuild', configdrive=drive
            )
        except exceptions.ServiceError as error:
            if not getattr(error, 'sent', False):
                # It surely did not act.
                work.save(plan={**plan, 'rebuild': told})
            raise


class Undescribe(turns.Step):
    """Have the node say again what is deployed on it, if that still is."""

    name = 'undescribe'

    def do(self, work: work_mod.Work) -> None:
        told = _told(work)
        node = undeploying.own_node(work) if told else None
        if node is None:
            return
        if told.get('asked') and _accepted(told, node):
            _record(work)
            return
        before = told.get('described') or {}
        info = {
            key: value
            for key, value in before.items()
            if sanitize.clean(node.instance_info.get(key)) != value
        }
        if not info:
            return
        try:
            work.runtime.driver.set_instance_info(node.uuid, info)
        except exceptions.BadRequest as error:
            work.leave(error.detail)


def _told(work: work_mod.Work) -> dict[str, Any]:
    return dict((work.server.plan or {}).get('rebuild') or {})


def _accepted(told: dict[str, Any], node: base.Node) -> bool:
    """Whether the machine has changed since it was asked for."""
    return bool(node.provision_updated_at != told.get('before'))


def _record(work: work_mod.Work) -> None:
    """What was on the machine is gone: the server is of the new image."""
    plan = dict(work.server.plan or {})
    told = plan.pop('rebuild', None) or {}
    work.note(plan=plan, **(told.get('values') or {}))
