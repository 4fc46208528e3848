"""The step that finds a machine for a new server."""

from __future__ import annotations

import time
import typing

from moganclient.service.db import aggregates as db_aggregates
from moganclient.service import exceptions
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod
from moganclient.service import scheduling

if typing.TYPE_CHECKING:
    from moganclient.service.drivers import base

#: So often a node that was picked may turn out to be taken by another.
_TRIES = 3
#: Seconds after which an allocation that is still being made is given up.
#: Ironic's takes some at most; one that an error of its database hit stays
#: so for ever.
_PATIENCE = 60.0


class Allocate(turns.Step):
    """Allocate a node; the allocation has the server's own UUID.

    So the node's ``instance_uuid`` is the server's from the moment on in
    which the inventory has picked it, and an answer that was lost is found.
    """

    name = 'allocate'
    in_time = True

    def do(self, work: work_mod.Work) -> None:
        driver, server = work.runtime.driver, work.server
        found = driver.get_allocation(server.uuid)
        if found is None:
            _be_alone(work)
            again = bool((server.plan or {}).get('tries'))
            choice = scheduling.choose(work.runtime, server, anew=again)
            flavor = work.runtime.db.get_flavor(str(server.flavor_uuid))
            driver.allocate(
                server.uuid,
                choice.resource_class,
                traits=list(flavor.traits or ()),
                candidates=choice.to_ask_for(),
            )
            found = driver.get_allocation(server.uuid)
        if found is None or found.state == 'allocating':
            if found is not None and is_lost(work):
                self._again(work, found)
            raise turns.NotYet(min(1.0, work.runtime.conf.flows.poll_interval))
        if found.state != 'active' or found.node_uuid is None:
            self._again(work, found)
        _be_alone(work)
        try:
            self._record(work, driver.get_node_bare(found.node_uuid))
        except exceptions.NodeHasServer:
            # The row of a server that lost it names it still.
            self._again(work, found)
        leave_group(work)

    @staticmethod
    def _again(
        work: work_mod.Work, found: base.Allocation
    ) -> typing.NoReturn:
        """What was picked is another's by now: look for a new one."""
        plan = dict(work.server.plan or {})
        plan['tries'] = int(plan.get('tries', 0)) + 1
        plan.pop('allocating', None)
        if plan['tries'] >= _TRIES:
            raise scheduling.NoNode(
                'No node could be reserved.',
                inside=found.last_error or 'The inventory does not say why.',
            )
        work.save(plan=plan)
        work.runtime.driver.delete_allocation(work.server.uuid)
        raise turns.NotYet(min(1.0, work.runtime.conf.flows.poll_interval))

    @staticmethod
    def _record(work: work_mod.Work, node: base.Node) -> None:
        aggregates = work.runtime.db.aggregates_of_nodes().get(node.uuid, ())
        zones = scheduling.values_of(aggregates, db_aggregates.ZONE)
        affinity = scheduling.values_of(aggregates, scheduling.AFFINITY_ZONE)
        work.save(
            node_uuid=node.uuid,
            node_name=node.name,
            availability_zone=work.server.availability_zone
            or next(iter(zones), None),
            affinity_zone=next(iter(affinity), None),
        )


def is_lost(work: work_mod.Work) -> bool:
    """Whether the inventory works on an allocation for too long.

    To be asked at each look that finds it so.  An allocation that is deleted
    meanwhile claims no node any more.
    """
    plan = dict(work.server.plan or {})
    if 'allocating' not in plan:
        work.save(plan={**plan, 'allocating': time.time()})
        return False
    return time.time() - float(plan['allocating']) > _PATIENCE


def _be_alone(work: work_mod.Work) -> None:
    """Members of a server group are placed one after the other.

    Two that look at the same time would not see each other.  The lease is
    the server's: who goes on with its flow after a kill has it.

    :raises moganclient.service.flows.turns.NotYet: another one is placed now
    """
    group = work.server.group_uuid
    if group is None:
        return
    conf = work.runtime.conf.flows
    if not work.runtime.db.take_lease(
        f'server group {group}', work.server.uuid, conf.lease
    ):
        raise turns.NotYet(min(1.0, conf.poll_interval))


def leave_group(work: work_mod.Work) -> None:
    """Let the next member of the server group be placed."""
    group = work.server.group_uuid
    if group is not None:
        work.runtime.db.drop_lease(
            f'server group {group}', work.server.uuid
        )
