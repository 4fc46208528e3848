"""Building servers: from a request to rows that the worker goes on with."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import time
import typing
from typing import Any
from typing import TypeVar
import uuid

from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.service.flows import asked
from moganclient.service.flows import interfaces
from moganclient.service.flows import waiting
from moganclient.service import networks
from moganclient.service import scheduling

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service import runtime as runtime_mod

_T = TypeVar('_T')


@dataclasses.dataclass
class BuildRequest:
    """What a valid body asks for, for one server; UUIDs in lower case."""

    name: str
    flavor_uuid: str
    image_uuid: str
    #: ``{'net_id': ...}`` or ``{'port_id': ...}`` each, in order.
    networks: list[dict[str, str]]
    #: For whom: the new server's project.
    project_id: str
    user_id: str | None = None
    description: str | None = None
    availability_zone: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    key_name: str | None = None
    #: Base64.
    user_data: str | None = dataclasses.field(default=None, repr=False)
    #: ``{'path', 'contents'}`` each, contents in base64.
    personality: list[dict[str, str]] = dataclasses.field(
        default_factory=list, repr=False
    )
    #: ``root_gb``, ``swap_mb``, ``ephemeral_gb``; numbers or digits.
    partitions: dict[str, Any] | None = None
    #: Kept in this process's memory only.
    admin_pass: str | None = dataclasses.field(default=None, repr=False)
    group_uuid: str | None = None
    #: Whether ports, networks, images and flavors of other projects may be
    #: used: a deployment-wide admin's right.
    foreign: bool = False


def start(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    requests: list[BuildRequest],
    least: int | None = None,
) -> list[models.Server]:
    """Check everything, write the rows, and let the worker go on.

    :param requests: several are alike but for their names
    :param least: of several, so many at least or none, as nodes are free
        now; those beyond the free nodes are not begun.  None: begin all, and
        who finds no node ends in ``error``
    :returns: the servers, ``building``, in the order of the requests
    :raises moganclient.service.scheduling.NoNode: fewer nodes fit than
        ``least``
    :raises moganclient.service.exceptions.NotFound: no such flavor, image,
        network, port, keypair or server group, or not for this project
    :raises moganclient.service.exceptions.BadRequest: something does not fit
    :raises moganclient.service.exceptions.PortConflict: a port is used
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    _require_distinct(requests)
    checks = _Checks(runtime)
    rows = [
        _row(runtime, context, request, checks.of(request))
        for request in requests
    ]
    if least is not None and len(rows) > 1:
        rows = rows[: _room(runtime, rows, least)]
    servers = _insert(runtime, rows)
    for request, server in zip(requests, servers, strict=False):
        if request.admin_pass is not None:
            runtime.worker.secrets[server.uuid] = request.admin_pass
        runtime.notifier.emit(context, 'server.build.start', server)
        waiting.begin(runtime, server.uuid, str(server.flow_owner))
    return servers


def _room(
    runtime: runtime_mod.Runtime, rows: list[models.Server], least: int
) -> int:
    """How many of several servers there are nodes for now.

    Members of a group are placed one by one; that a zone is full by then is
    told by the server that it happens to.

    :raises moganclient.service.scheduling.NoNode: fewer than are wanted
    """
    found = len(scheduling.choose(runtime, rows[0], anew=True).nodes)
    if found < least:
        raise scheduling.NoNode(
            f'{least} servers at least are wanted, and fewer nodes fit now; '
            'none was begun.',
            inside=f'So many fit: {found}.',
        )
    return min(found, len(rows))


def _insert(
    runtime: runtime_mod.Runtime, rows: list[models.Server]
) -> list[models.Server]:
    """Insert rows; where the answer is lost, look whether they are there."""
    try:
        return runtime.db.insert_servers(rows)
    except exceptions.Unavailable:
        try:
            return [runtime.db.get_server(row.uuid) for row in rows]
        except exceptions.ServiceError:
            pass
        raise


def _require_distinct(requests: list[BuildRequest]) -> None:
    named = [
        one['port_id']
        for request in requests
        for one in request.networks
        if 'port_id' in one
    ]
    for port_id in named:
        if named.count(port_id) > 1:
            raise exceptions.BadRequest(
                f'Port {port_id} is named more than once; a port is for one '
                'server, and one interface of it.',
                code='port_named_twice',
            )


@dataclasses.dataclass
class _Checked:
    """What was asked for, when all of it was found to be right."""

    #: With user data and files.
    plan: dict[str, Any] = dataclasses.field(repr=False)
    ports: list[networks.Port]


class _Checks:
    """Checks requests; what several have in common is asked for once."""

    def __init__(self, runtime: runtime_mod.Runtime) -> None:
        self._runtime = runtime
        self._known: dict[tuple[Any, ...], Any] = {}

    def _once(self, check: Callable[..., _T], *arguments: Any) -> _T:
        key = (check, *arguments)
        if key not in self._known:
            self._known[key] = check(self._runtime, *arguments)
        found: _T = self._known[key]
        return found

    def of(self, request: BuildRequest) -> _Checked:
        """Check one request."""
        asker = asked.Asker(request.project_id, request.foreign)
        self._once(asked.flavor, asker, request.flavor_uuid)
        image = self._once(asked.image, asker, request.image_uuid)
        asked.partitions(image, request.partitions)
        if request.availability_zone is not None:
            self._once(asked.zone, request.availability_zone)
        if request.group_uuid is not None:
            self._once(asked.group, asker, request.group_uuid)
        plan = asked.cargo(
            self._runtime, request.user_data, request.personality
        )
        plan['since'] = time.time()
        plan['partitioned'] = asked.is_partition(image)
        plan['admin_pass'] = request.admin_pass is not None
        if request.key_name is not None:
            plan['keypair'] = self._once(
                asked.keypair, request.user_id, request.key_name
            )
        plan['networks'] = []
        for number, one in enumerate(request.networks):
            entry = dict(one)
            if 'net_id' in one:
                self._once(asked.network, asker, one['net_id'])
                entry['key'] = str(number)
            plan['networks'].append(entry)
        named = [
            one['port_id'] for one in request.networks if 'port_id' in one
        ]
        return _Checked(plan, asked.ports(self._runtime, asker, named))


def _row(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    request: BuildRequest,
    checked: _Checked,
) -> models.Server:
    """The row of a new server."""
    flow_owner, lease_until = waiting.new_owner(runtime)
    now = models.utcnow()
    return models.Server(
        uuid=str(uuid.uuid4()),
        name=request.name,
        description=request.description,
        flavor_uuid=request.flavor_uuid,
        image_uuid=request.image_uuid,
        availability_zone=request.availability_zone,
        project_id=request.project_id,
        user_id=request.user_id,
        status='building',
        addresses={},
        meta=dict(request.metadata),
        system_metadata={},
        adopted=False,
        protected=False,
        key_name=request.key_name,
        partitions={
            name: int(size)
            for name, size in (request.partitions or {}).items()
        },
        group_uuid=request.group_uuid,
        plan=checked.plan,
        flow='build',
        flow_undo=False,
        flow_owner=flow_owner,
        flow_lease=lease_until,
        request_id=context.request_id,
        created_at=now,
        updated_at=now,
        ports=[
            interfaces.row_of(port, created=False) for port in checked.ports
        ],
    )
