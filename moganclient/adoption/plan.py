"""A plan: which machines become which servers.

A plan is made from what the cloud tells, saved as a file that people read and
edit, loaded again and carried out::

    plan = Plan.create(client, resource_class='baremetal')
    plan.save('fleet.yaml')
    ...
    plan = Plan.load('fleet.yaml')
    result = plan.apply(client)
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import os
import pathlib
import threading
from typing import TYPE_CHECKING

from moganclient.adoption import events
from moganclient.adoption import results

if TYPE_CHECKING:
    from moganclient.v1 import client as v1_client

#: A project's id for its id or name, None where there is none.
FindProject = Callable[[str], str | None]


@dataclasses.dataclass(slots=True)
class PlannedServer:
    """A machine of a plan, and the server that it shall be."""

    #: The node's UUID, in lower case.
    node: str
    #: The server's name.
    name: str
    #: The flavor's name or UUID.
    flavor: str
    #: The network ports that the node carries, all of them: their UUIDs.
    ports: list[str]
    #: What the cloud calls the node; where it is given, a check compares it.
    node_name: str | None = None
    #: For whom: a project's id, or its name where somebody can look it up.
    project: str | None = None
    availability_zone: str | None = None
    description: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    #: Where it is in the plan's file, None when it is in none.
    line: int | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(slots=True)
class LeftOut:
    """A machine that was looked at for a plan and is not in it."""

    #: The node's UUID.
    node: str
    #: What the cloud calls it, None where it has no name.
    node_name: str | None
    #: Why, ``{'code': 'not_active', 'message': 'a sentence'}`` each.
    reasons: list[dict[str, str]]


class Plan:
    """Machines that shall become servers, of one cloud.

    Its parts can be changed freely before it is saved or carried out.
    """

    #: Where the API is that it was made for, with ``/v1``.
    endpoint: str
    #: The region of that endpoint, None where that is not known.
    region: str | None
    #: The machines, in their order.
    servers: list[PlannedServer]
    #: Machines that were looked at and left out; they have no effect.
    left_out: list[LeftOut]
    #: Its file, None before it was saved.
    path: pathlib.Path | None

    def __init__(
        self,
        endpoint: str,
        servers: list[PlannedServer],
        *,
        region: str | None = None,
        left_out: list[LeftOut] | None = None,
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        """Make a plan of its parts; :meth:`create` asks the cloud for them."""
        self.endpoint = endpoint
        self.region = region
        self.servers = servers
        self.left_out = left_out if left_out is not None else []
        self.path = None if path is None else pathlib.Path(path)

    def __eq__(self, other: object) -> bool:
        """Whether two plans say the same, wherever their files are."""
        if not isinstance(other, Plan):
            return NotImplemented
        return (
            self.endpoint == other.endpoint
            and self.region == other.region
            and self.servers == other.servers
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        where = '' if self.path is None else f' {str(self.path)!r}'
        return f'<Plan{where} of {len(self.servers)} servers>'

    @classmethod
    def create(
        cls,
        client: v1_client.Client,
        *,
        name: str | None = None,
        resource_class: str | None = None,
        owner: str | None = None,
        conductor_group: str | None = None,
        flavor: str | None = None,
        project: str | None = None,
        name_template: str = '{name}',
        availability_zone: str | None = None,
        on_event: events.Listener = events.nobody,
        stop: threading.Event | None = None,
    ) -> Plan:
        """Plan to take over every machine that can be.

        The cloud is asked for its flavors and its nodes, by pages, and for
        nothing else.  Nodes that cannot be taken over are ``left_out``, with
        their reasons.

        :param client: a client of the cloud
        :param name: only the node of this name
        :param resource_class: only nodes of this class
        :param owner: only nodes of this owner
        :param conductor_group: only nodes of this group
        :param flavor: the name or UUID of the flavor of all servers; where
            none is given, each gets the one that fits its node
        :param project: the id or name of the project of all servers; where
            none is given, that is decided when the plan is applied
        :param name_template: what servers are called: a text with
            ``{name}``, ``{uuid}``, ``{resource_class}``, ``{owner}`` and
            ``{conductor_group}`` of the node
        :param availability_zone: of all servers
        :param on_event: is told what was read
        :param stop: once it is set, nothing more is read
        :raises moganclient.adoption.errors.NothingAdoptable: no node can be
            taken over
        :raises moganclient.adoption.errors.Stopped: ``stop`` was set
        :raises moganclient.exceptions.NotFound: there is no such flavor
        :raises moganclient.exceptions.NoUniqueMatch: several have its name
        :raises moganclient.exceptions.ValidationError: an argument is wrong
        :raises moganclient.exceptions.ClientException: the cloud could not
            be asked
        """
        from moganclient.adoption import create

        return create.create(
            client,
            name=name,
            resource_class=resource_class,
            owner=owner,
            conductor_group=conductor_group,
            flavor=flavor,
            project=project,
            name_template=name_template,
            availability_zone=availability_zone,
            on_event=on_event,
            stop=stop,
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Plan:
        """Read a plan from its file.

        :raises moganclient.adoption.errors.PlanError: with every fault
        """
        from moganclient.adoption import reading

        return reading.load(path)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan to a new file: JSON for ``.json``, YAML otherwise.

        :raises moganclient.adoption.errors.PlanExists: there is one already
        :raises moganclient.adoption.errors.PlanError: it cannot be written
        """
        from moganclient.adoption import writing

        writing.save(self, path)
        self.path = pathlib.Path(path)

    @property
    def journal_path(self) -> pathlib.Path:
        """Where it is written down what was done: beside the plan.

        :raises ValueError: the plan has no file yet
        """
        if self.path is None:
            raise ValueError('a plan has a journal once it was saved')
        return self.path.with_name(f'{self.path.name}.journal')

    def check(
        self,
        client: v1_client.Client,
        *,
        any_endpoint: bool = False,
        find_project: FindProject | None = None,
        journal: str | os.PathLike[str] | None = None,
        on_event: events.Listener = events.nobody,
        stop: threading.Event | None = None,
    ) -> results.Result:
        """Look whether every machine can be taken over as planned."""
        from moganclient.adoption import check

        return check.examine(
            self,
            client,
            any_endpoint=any_endpoint,
            find_project=find_project,
            history=check.read_history(self, journal),
            on_event=on_event,
            stop=stop,
        )

    def apply(
        self,
        client: v1_client.Client,
        *,
        jobs: int = 4,
        timeout: float = 600.0,
        stop_on_error: bool = False,
        dry_run: bool = False,
        any_endpoint: bool = False,
        find_project: FindProject | None = None,
        journal: str | os.PathLike[str] | None = None,
        on_event: events.Listener = events.nobody,
        stop: threading.Event | None = None,
    ) -> results.Result:
        """Take over the machines of the plan; run again, it goes on."""
        from moganclient.adoption import apply

        return apply.apply(
            self,
            client,
            jobs=jobs,
            timeout=timeout,
            stop_on_error=stop_on_error,
            dry_run=dry_run,
            any_endpoint=any_endpoint,
            find_project=find_project,
            journal=journal,
            on_event=on_event,
            stop=stop,
        )

    def rollback(
        self,
        client: v1_client.Client,
        *,
        jobs: int = 4,
        timeout: float = 600.0,
        dry_run: bool = False,
        any_endpoint: bool = False,
        journal: str | os.PathLike[str] | None = None,
        on_event: events.Listener = events.nobody,
        stop: threading.Event | None = None,
    ) -> results.Result:
        """Let go of exactly what this plan took over."""
        from moganclient.adoption import rollback

        return rollback.rollback(
            self,
            client,
            jobs=jobs,
            timeout=timeout,
            dry_run=dry_run,
            any_endpoint=any_endpoint,
            journal=journal,
            on_event=on_event,
            stop=stop,
        )

    def show(
        self,
        client: v1_client.Client,
        *,
        any_endpoint: bool = False,
        journal: str | os.PathLike[str] | None = None,
        on_event: events.Listener = events.nobody,
    ) -> results.Result:
        """Tell how it stands: plan, journal and cloud put together."""
        from moganclient.adoption import overview

        return overview.show(
            self,
            client,
            any_endpoint=any_endpoint,
            journal=journal,
            on_event=on_event,
        )
