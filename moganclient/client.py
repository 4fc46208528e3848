"""The way in: a client for a version of the bare metal compute API."""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from moganclient.v1 import client as v1

if TYPE_CHECKING:
    from keystoneauth1 import session as ksa_session


def Client(
    version: str = '1',
    session: ksa_session.Session | None = None,
    endpoint_override: str | None = None,
    region_name: str | None = None,
    interface: str | list[str] | None = 'public',
    service_type: str | None = None,
    **more: Any,
) -> v1.Client:
    """A client of the version that is asked for.

    :param version: ``1`` or ``latest`` for the newest that client and server
        both speak, or one version like ``1.2``
    :param session: a keystoneauth1 session
    :param endpoint_override: where the API is, instead of asking the catalog
    :param region_name: of the endpoint
    :param interface: ``public``, ``internal`` or ``admin``
    :param service_type: to look for in the catalog, instead of
        ``baremetal_compute`` and then ``baremetal-compute``
    :param more: what :class:`moganclient.v1.client.Client` takes besides
    :raises moganclient.exceptions.UnsupportedVersion: ``version`` is not one
        that this client speaks
    """
    return v1.Client(
        endpoint_override,
        api_version=version,
        session=session,
        region_name=region_name,
        interface=interface,
        service_type=service_type,
        **more,
    )
