"""How it stands with every machine of a plan: plan, journal and cloud.

The cloud is asked by lists: its flavors, and its nodes page by page until all
machines of the plan were seen.  Nothing is asked for one machine.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

from moganclient.adoption import events
from moganclient.adoption import listing
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient import resource
from moganclient.v1 import preparation

if TYPE_CHECKING:
    from moganclient.adoption import history as histories
    from moganclient.v1 import adoptable_node
    from moganclient.v1 import client as v1_client
    from moganclient.v1 import flavor as flavors

#: What has to be known of a node.
FIELDS = (
    'uuid',
    'name',
    'resource_class',
    'adoptable',
    'reasons',
    'server_uuid',
    'ports',
    'portgroups',
)

#: Statuses in the journal of a server that was surely there.
_HAD = frozenset({'done', 'kept'})


@dataclasses.dataclass(slots=True)
class Order:
    """A machine that something is to be done about, with all it needs."""

    machine: results.Machine
    planned: plans.PlannedServer
    #: The flavor's UUID.
    flavor: str
    #: The project's id, None for the caller's.
    project: str | None
    #: Why nothing may be sent for it; only a look is allowed then.
    refused: list[dict[str, str]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class Outlook:
    """Every machine of the plan, and orders for those that are not done."""

    machines: list[results.Machine]
    orders: list[Order]

    def count(self, state: results.State) -> int:
        """How many machines are in a state."""
        return sum(machine.state is state for machine in self.machines)


def look(
    plan: plans.Plan,
    client: v1_client.Client,
    history: histories.History,
    *,
    orders: bool = True,
    find_project: plans.FindProject | None = None,
    on_event: events.Listener = events.nobody,
    stop: threading.Event | None = None,
) -> Outlook:
    """Look at every machine of a plan.

    :param history: what the journal says
    :param orders: False where nothing is to be done about the machines
    :raises moganclient.adoption.errors.Stopped: ``stop`` was set
    :raises moganclient.exceptions.ClientException: the cloud gave no answer
    """
    known: dict[str, flavors.Flavor] = {}
    for flavor in listing.counted(
        client.flavor.iterate(), 'flavors', on_event, stop
    ):
        known[flavor.uuid] = flavor
        if flavor.name:
            known.setdefault(flavor.name, flavor)
    judge = _Judge(history, known, find_project)
    waited = {server.node: server for server in plan.servers}
    # Not in pairs: of ten thousand, each object counts.
    found: dict[str, results.Machine] = {}
    ordered: dict[str, Order] = {}
    nodes = client.adoptable_node.iterate(all=True, fields=FIELDS)
    for node in listing.counted(nodes, 'nodes', on_event, stop):
        planned = waited.pop(node.uuid, None)
        if planned is None:
            continue
        machine, order = judge.node(planned, node)
        found[planned.node] = machine
        if order is not None and orders:
            ordered[planned.node] = order
        if not waited:
            break
    for planned in waited.values():
        found[planned.node] = judge.missing(planned)
    return Outlook(
        [found[server.node] for server in plan.servers],
        [
            ordered[server.node]
            for server in plan.servers
            if server.node in ordered
        ],
    )


class _Judge:
    """Puts together what plan, journal and cloud say of a machine."""

    def __init__(
        self,
        history: histories.History,
        known: dict[str, flavors.Flavor],
        find_project: plans.FindProject | None,
    ) -> None:
        self._history = history
        self._flavors = known
        self._find_project = find_project
        self._projects: dict[str, str | None] = {}

    def node(
        self,
        planned: plans.PlannedServer,
        node: adoptable_node.AdoptableNode,
    ) -> tuple[results.Machine, Order | None]:
        """A machine that the cloud has."""
        machine = results.Machine(
            planned.node,
            node.name,
            planned.name,
            results.State.NOT_READY,
            line=planned.line,
        )
        record = self._history.machines.get(planned.node)
        ours = record is not None and record.ours
        if record is not None and ours:
            if node.server_uuid == record.server:
                return self._had(machine, record, planned, node)
            if record.status in _HAD:
                return _lost(machine, record, node), None
        flavor = self._flavors.get(_lowered(planned.flavor))
        if flavor is None:
            machine.reasons = [dict(reason) for reason in node.reasons]
            machine.reasons.append(_no_flavor(planned))
        else:
            machine.reasons = preparation.obstacles(
                node, flavor, planned.ports
            )
        machine.reasons += self._differences(planned, node)
        project, refused = self._project(planned.project)
        machine.reasons += refused
        if machine.reasons or flavor is None:
            return machine, None
        machine.state = results.State.READY
        # A UUID that was chosen and never came to be is used once more: if
        # that request is still on its way, one of the two can win only.
        if record is not None and ours and record.status != 'releasing':
            machine.server = record.server
        return machine, Order(machine, planned, flavor.uuid, project)

    def missing(self, planned: plans.PlannedServer) -> results.Machine:
        """A machine that the cloud does not list."""
        machine = results.Machine(
            planned.node,
            planned.node_name,
            planned.name,
            results.State.NOT_READY,
            line=planned.line,
            reasons=[
                _reason(
                    'node_not_found',
                    f'There is no node {planned.node} in the inventory.',
                )
            ],
        )
        record = self._history.machines.get(planned.node)
        if record is not None and record.ours and record.status in _HAD:
            machine.state = results.State.LOST
            machine.server = record.server
        return machine

    def _had(
        self,
        machine: results.Machine,
        record: histories.Record,
        planned: plans.PlannedServer,
        node: adoptable_node.AdoptableNode,
    ) -> tuple[results.Machine, Order | None]:
        """A machine that has the server which this plan asked for."""
        machine.server = record.server
        # That it is managed is what was wanted, and is no reason here.
        by_code = {reason['code']: dict(reason) for reason in node.reasons}
        if 'in_use' in by_code:
            machine.state = results.State.LOST
            machine.reasons = [by_code['in_use']]
        elif record.status in _HAD and 'recovering' not in by_code:
            machine.state = results.State.DONE
        else:
            machine.state = results.State.IN_PROGRESS
            if 'recovering' in by_code:
                machine.reasons = [by_code['recovering']]
            project, refused = self._project(planned.project)
            flavor = self._flavors.get(_lowered(planned.flavor))
            if flavor is None:
                refused.append(_no_flavor(planned))
            refused += self._differences(planned, node)
            return machine, Order(
                machine,
                planned,
                flavor.uuid if flavor else '',
                project,
                refused,
            )
        if record.name and record.name != planned.name:
            machine.name = record.name
            machine.reasons.append(
                _reason(
                    'differs_from_plan',
                    f'It was taken over as {record.name!r}, and the plan was '
                    f'changed to {planned.name!r} since: that renames '
                    'nothing.',
                )
            )
        return machine, None

    def _differences(
        self,
        planned: plans.PlannedServer,
        node: adoptable_node.AdoptableNode,
    ) -> list[dict[str, str]]:
        if planned.node_name in (None, node.name):
            return []
        called = f'{node.name!r}' if node.name else 'nothing'
        return [
            _reason(
                'node_name_differs',
                f'The plan calls node {planned.node} {planned.node_name!r}, '
                f'the cloud calls it {called}: look which machine is meant, '
                'and put the right UUID or node_name into the plan.',
            )
        ]

    def _project(
        self, project: str | None
    ) -> tuple[str | None, list[dict[str, str]]]:
        """The id of a project, and what is wrong with it."""
        if project is None or self._find_project is None:
            return project, []
        if project not in self._projects:
            self._projects[project] = self._find_project(project)
        found = self._projects[project]
        if found is not None:
            return found, []
        return None, [
            _reason(
                'project_not_found',
                f'There is no project {project!r}: name one that there is.',
            )
        ]


def _lost(
    machine: results.Machine,
    record: histories.Record,
    node: adoptable_node.AdoptableNode,
) -> results.Machine:
    """A machine that this plan had, and that somebody else let go of."""
    machine.state = results.State.LOST
    machine.server = record.server
    machine.reasons = [
        _reason(
            'let_go',
            f'This plan made server {record.server} of it, which somebody '
            'let go of since. It is left alone; after a rollback of the plan '
            'it can be taken over again.',
        ),
        *(dict(reason) for reason in node.reasons),
    ]
    return machine


def _no_flavor(planned: plans.PlannedServer) -> dict[str, str]:
    return _reason(
        'flavor_not_found',
        f'There is no flavor {planned.flavor!r}: name one that there is, or '
        'create it.',
    )


def _lowered(flavor: str) -> str:
    """A flavor's name as it is, its UUID in lower case."""
    return flavor.lower() if resource.is_uuid(flavor) else flavor


def _reason(code: str, message: str) -> dict[str, str]:
    return {'code': code, 'message': message}
