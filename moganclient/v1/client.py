"""The client of version 1 of the bare metal compute API."""

from __future__ import annotations

from keystoneauth1 import noauth
from keystoneauth1 import plugin
from keystoneauth1 import session as ksa_session
from keystoneauth1 import token_endpoint

from moganclient import exceptions
from moganclient import microversion
from moganclient import retries
from moganclient import transport as http
from moganclient.v1 import adoptable_node
from moganclient.v1 import aggregate
from moganclient.v1 import availability_zone
from moganclient.v1 import flavor
from moganclient.v1 import keypair
from moganclient.v1 import manageable_server
from moganclient.v1 import node
from moganclient.v1 import server
from moganclient.v1 import server_group


class Client:
    """Everything of one cloud's bare metal compute service.

    Made of a keystoneauth1 session, or of an endpoint and a token, as a
    dashboard has them::

        Client('https://cloud.example:6688', token=request.user.token.id)

    Nothing is sent before the first call.  A client can be used by several
    threads, and keeps nothing outside of itself.
    """

    #: Lists and shows the nodes that could be taken over.
    adoptable_node: adoptable_node.AdoptableNodeManager
    #: Takes machines over and lets go of them; makes servers, runs them and
    #: deletes them.
    server: server.ServerManager
    #: Makes, lists, changes and deletes flavors, and says who may have them.
    flavor: flavor.FlavorManager
    #: What logs in to a new server.
    keypair: keypair.KeypairManager
    #: Nodes that belong together, and what that means.
    aggregate: aggregate.AggregateManager
    #: Names of the availability zones.
    availability_zone: availability_zone.AvailabilityZoneManager
    #: Names of all nodes.
    node: node.NodeManager
    #: Servers that shall be near to each other, or apart.
    server_group: server_group.ServerGroupManager
    #: What could be taken over, in the words of the retired API.
    manageable_server: manageable_server.ManageableServerManager

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        token: str | None = None,
        insecure: bool = False,
        cacert: str | None = None,
        project_id: str | None = None,
        api_version: str = '1',
        timeout: float | None = http.TIMEOUT,
        session: ksa_session.Session | None = None,
        auth: plugin.BaseAuthPlugin | None = None,
        service_type: str | None = None,
        region_name: str | None = None,
        interface: str | list[str] | None = 'public',
        retry: retries.Policy | None = None,
        global_request_id: str | None = None,
    ) -> None:
        """Make a client.

        :param endpoint: where the API is, with or without ``/v1``; with a
            session it replaces what the catalog says
        :param token: without a session: a token; none for a service without
            authentication
        :param insecure: without a session: do not verify certificates
        :param cacert: without a session: the file of the certificate
            authorities to trust
        :param project_id: for whom :meth:`server.manage` takes over where it
            is not told (from API 1.2 on); the token's project otherwise
        :param api_version: ``1`` or ``latest`` for the newest that client
            and server both speak, or one version like ``1.2``
        :param timeout: seconds to wait for an answer, where the session has
            no limit of its own; None for no limit
        :param session: what sends and authenticates
        :param auth: replaces the session's own plugin
        :param service_type: to look for in the catalog, instead of
            ``baremetal_compute`` and then ``baremetal-compute``
        :param region_name: of the endpoint
        :param interface: ``public``, ``internal`` or ``admin``
        :param retry: how often, and how long, a request is tried again
        :param global_request_id: ``req-<uuid>``, for the service's log
        :raises moganclient.exceptions.UnsupportedVersion: ``api_version`` is
            not one that this client speaks
        :raises moganclient.exceptions.ValidationError: the endpoint is no
            URL, or there is neither session nor endpoint
        """
        if session is None:
            if not endpoint:
                raise exceptions.ValidationError(
                    'Pass a session, or an endpoint (and a token).'
                )
            if auth is None:
                auth = (
                    token_endpoint.Token(endpoint, token)
                    if token
                    else noauth.NoAuth(endpoint=endpoint)
                )
            session = ksa_session.Session(
                auth=auth, verify=False if insecure else (cacert or True)
            )
        elif token or insecure or cacert:
            raise exceptions.ValidationError(
                'token, insecure and cacert are for a client without a '
                'session; give them to the session.'
            )
        self._region_name = region_name or None
        self._transport = http.Transport(
            session,
            auth=auth,
            endpoint_override=endpoint,
            service_type=service_type,
            interface=interface,
            region_name=region_name,
            version=api_version,
            timeout=timeout,
            policy=retry,
            global_request_id=global_request_id,
        )
        self.adoptable_node = adoptable_node.AdoptableNodeManager(
            self._transport
        )
        self.flavor = flavor.FlavorManager(self._transport)
        self.keypair = keypair.KeypairManager(self._transport)
        self.aggregate = aggregate.AggregateManager(self._transport)
        self.availability_zone = availability_zone.AvailabilityZoneManager(
            self._transport
        )
        self.node = node.NodeManager(self._transport)
        self.server_group = server_group.ServerGroupManager(self._transport)
        self.manageable_server = manageable_server.ManageableServerManager(
            self._transport
        )
        self.server = server.ServerManager(
            self._transport,
            self.adoptable_node,
            self.flavor,
            self.server_group,
            project_id=project_id,
        )

    def __repr__(self) -> str:
        return f'<Client of {self._transport!r}>'

    @property
    def api_version(self) -> str:
        """The API version that is used, e.g. ``1.2``.

        Client and server agree on it at the first need, with one request.
        """
        return microversion.text(self._transport.version)

    @property
    def retired(self) -> bool:
        """Whether the server is a retired Mogan server.

        Then :attr:`api_version` is ``1.0``, and what it cannot do raises
        :class:`~moganclient.exceptions.RetiredServer`.
        """
        return self._transport.retired

    @property
    def endpoint(self) -> str:
        """Where the API is, with ``/v1`` at its end; may ask the catalog."""
        return self._transport.endpoint

    @property
    def region_name(self) -> str | None:
        """The region that was asked for, None where none was told."""
        return self._region_name

    def require(
        self,
        needed: microversion.Version,
        what: str,
        *,
        retired: bool = False,
    ) -> None:
        """Make sure that something can be asked for, before it is sent.

        :param needed: the API version that brought it, e.g. ``(1, 3)``
        :param what: for the sentence, e.g. ``the uuid of manage``
        :param retired: whether a retired server can do it too
        :raises moganclient.exceptions.UnsupportedVersion: it cannot
        """
        self._transport.require(needed, what, retired=retired)

    def keep(self, connections: int) -> None:
        """Keep so many connections open, for as many threads.

        To be called while no thread is asking.
        """
        self._transport.keep(connections)
