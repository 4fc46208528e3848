"""Taking over a machine: the workflow, from a request to a server."""

from __future__ import annotations

import dataclasses
import logging
import time
import typing
from typing import Any
import uuid

from moganclient.service.db import models
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import asked
from moganclient.service.flows import engine
from moganclient.service.flows import owner
from moganclient.service.flows import ports as ports_mod
from moganclient.service.flows import steps
from moganclient.service.flows import work as work_mod
from moganclient.service import networks
from moganclient.v1 import schemas

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.drivers import base
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class ManageRequest:
    """What a valid body of ``manage`` asks for; UUIDs in lower case."""

    name: str
    node_uuid: str
    #: None for no flavor: the retired API took machines over without.
    flavor_uuid: str | None
    #: In the order of the request, each once.
    port_ids: list[str]
    #: For whom: the new server's project.
    project_id: str
    description: str | None = None
    availability_zone: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    #: Whether ports of other projects than ``project_id`` may be used: a
    #: deployment-wide admin's right.
    foreign_ports: bool = False
    #: The server's, where the caller chose it.
    uuid: str | None = None


def run(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    request: ManageRequest,
) -> models.Server:
    """Take over one machine; its server is there when this returns.

    Nothing is written anywhere before everything that can be checked was
    checked, and what was written is undone when a later step fails.

    :raises moganclient.service.exceptions.NotFound: no such node or flavor
    :raises moganclient.service.exceptions.BadRequest: the flavor does not fit
    :raises moganclient.service.exceptions.Conflict: not adoptable, or the
        ports are not right; ``reasons`` says why
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    work, node = _prepare(runtime, context, request)

    def tell(event: str, server: models.Server, **more: Any) -> None:
        runtime.notifier.emit(context, event, server, **more)

    try:
        engine.run(
            work,
            steps.managing(
                image_of(node),
                lambda: tell('server.manage.start', work.server),
            ),
        )
        server = work.server
    except Exception as failure:
        there = _finished_elsewhere(work, failure)
        if there is None:
            # Where nothing was reserved, a server of the same UUID may be
            # somebody else's.
            if work.reserved:
                tell('server.manage.error', work.server, error=failure)
            raise _for_caller(work, failure) from failure
        server = there
    LOG.info(
        'Node %s was taken over as server %s',
        eligibility.label(node),
        server.uuid,
    )
    tell('server.manage.end', server)
    return server


def _prepare(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    request: ManageRequest,
) -> tuple[work_mod.Work, base.Node]:
    """Check everything, and write nothing."""
    flavor = None
    if request.flavor_uuid is not None:
        flavor = runtime.db.get_flavor(request.flavor_uuid)
    verdict = eligibility.examine(
        runtime, request.node_uuid, also=request.port_ids
    )
    require_adoptable(verdict)
    if flavor is not None:
        _require_fit(flavor, verdict.node)
    ports_mod.check(verdict, request.port_ids)
    chosen = [verdict.ports[port_id] for port_id in request.port_ids]
    _require_project(request, chosen)
    flow_owner = owner.new()
    server = _new_row(runtime, context, request, verdict.node, chosen)
    server.flow_owner = flow_owner
    work = work_mod.Work(
        runtime,
        server,
        flow_owner,
        fresh_ports={port.id: port for port in chosen},
    )
    return work, verdict.node


def require_adoptable(verdict: eligibility.Verdict) -> None:
    """Raise what says why a node cannot be taken over, if it cannot.

    :raises moganclient.service.exceptions.NodeHasServer: a server has it
    :raises moganclient.service.exceptions.NodeNotAdoptable: otherwise
    """
    if verdict.adoptable:
        return
    reasons = [one.to_dict() for one in verdict.reasons]
    detail = (
        f'Node {eligibility.label(verdict.node)} cannot be taken over: '
        + ' '.join(one.message for one in verdict.reasons)
    )
    first = verdict.reasons[0].code
    if first == 'managed':
        raise exceptions.NodeHasServer(
            detail, reasons=reasons, server_uuid=verdict.server_uuid
        )
    raise exceptions.NodeNotAdoptable(
        detail,
        code='recovering' if first == 'recovering' else None,
        reasons=reasons,
        server_uuid=verdict.server_uuid,
    )


def _require_fit(flavor: models.Flavor, node: base.Node) -> None:
    asked.require_enabled(flavor)
    if schemas.flavor_fits(flavor.resources, node.resource_class):
        lacking = sorted(set(flavor.traits or ()) - set(node.traits))
        if not lacking:
            return
        raise exceptions.BadRequest(
            f'Flavor "{flavor.name}" ({flavor.uuid}) asks for the traits '
            f'{", ".join(lacking)}, which node {eligibility.label(node)} does '
            'not have. Pass a flavor without them, or set them in Ironic.',
            code='flavor_does_not_fit',
        )
    wanted = schemas.normalized_resource_class(node.resource_class or '')
    raise exceptions.BadRequest(
        f'Flavor "{flavor.name}" ({flavor.uuid}) asks for '
        f'{_resources(flavor.resources)}, but node {eligibility.label(node)} '
        f'has the resource class "{node.resource_class}". Pass a flavor whose '
        f'resources are {node.resource_class}=1 or {wanted}=1.',
        code='flavor_does_not_fit',
    )


def _resources(resources: dict[str, Any]) -> str:
    return ', '.join(f'{name}={count}' for name, count in resources.items())


def _require_project(
    request: ManageRequest, chosen: list[networks.Port]
) -> None:
    if request.foreign_ports:
        return
    for port in chosen:
        if port.project_id and port.project_id != request.project_id:
            raise exceptions.Forbidden(
                f'Port {port.id} belongs to project {port.project_id}, the '
                f'server would belong to project {request.project_id}; only a '
                'deployment-wide admin may do that.',
                code='port_of_another_project',
            )


def image_of(node: base.Node) -> str | None:
    """The image a node says it was deployed from, when it is one of Glance.

    ``image_source`` may be anything that Ironic can fetch, such as a URL; an
    image of Glance is ``<uuid>`` or ``glance://<uuid>``.
    """
    source = node.instance_info.get('image_source')
    if not isinstance(source, str):
        return None
    try:
        return str(uuid.UUID(source.removeprefix('glance://')))
    except ValueError:
        return None


def addresses_of(chosen: list[networks.Port]) -> dict[str, Any]:
    """Addresses by network, as the retired API showed them."""
    found: dict[str, Any] = {}
    for port in chosen:
        found.setdefault(port.network_id or '', []).extend(
            {'addr': ip['ip_address'], 'type': 'fixed'}
            for ip in port.fixed_ips
            if ip.get('ip_address')
        )
    return found


def _new_row(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    request: ManageRequest,
    node: base.Node,
    chosen: list[networks.Port],
) -> models.Server:
    return models.Server(
        uuid=request.uuid or str(uuid.uuid4()),
        name=request.name,
        description=request.description,
        node_uuid=node.uuid,
        node_name=node.name,
        flavor_uuid=request.flavor_uuid,
        availability_zone=request.availability_zone,
        project_id=request.project_id,
        user_id=context.user_id,
        status='managing',
        power_state=node.power_state,
        addresses=addresses_of(chosen),
        meta=dict(request.metadata),
        # What the retired server said of a server that was taken over.
        system_metadata={'managed_server': 'True'},
        flow='manage',
        flow_undo=False,
        flow_step=steps.Reserve.name,
        flow_lease=time.time() + runtime.conf.flows.lease,
        request_id=context.request_id,
        created_at=models.utcnow(),
        node_before={
            'protected': node.protected,
            'protected_reason': node.protected_reason,
            'console_enabled': node.console_enabled,
        },
        ports=[
            models.ServerPort(
                port_id=port.id,
                mac_address=port.mac_address,
                network_id=port.network_id,
                before={
                    'device_id': port.device_id,
                    'device_owner': port.device_owner,
                    'host_id': port.host_id,
                    'revision_number': port.revision_number,
                },
            )
            for port in chosen
        ],
    )


def _finished_elsewhere(
    work: work_mod.Work, failure: Exception
) -> models.Server | None:
    """The server, if it is there after all.

    The answer to the last commit may be lost, or another process may have
    taken the flow over and finished it.
    """
    if not work.reserved or not isinstance(
        failure, (exceptions.LeaseLost, exceptions.Unavailable)
    ):
        return None
    try:
        server = work.runtime.db.get_server(work.server.uuid)
    except exceptions.ServiceError:
        return None
    return server if server.flow is None else None


def _for_caller(work: work_mod.Work, failure: Exception) -> Exception:
    if not isinstance(failure, exceptions.LeaseLost):
        return failure
    return exceptions.Unavailable(
        f'Taking over node {work.server.node_uuid} lasted too long and was '
        'handed to another process of the service. Look at the node and at '
        'the servers before trying again.',
        code='recovering',
    )
