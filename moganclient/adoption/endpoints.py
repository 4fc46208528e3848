"""Whether a plan, or its journal, and a client are of the same cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moganclient.adoption import errors
from moganclient import exceptions
from moganclient import transport
from moganclient.v1 import server

if TYPE_CHECKING:
    from moganclient.adoption import plan as plans
    from moganclient.v1 import client as v1_client


def same(one: str, other: str) -> bool:
    """Whether two endpoints are one, however they are written."""
    return _comparable(one) == _comparable(other)


def require(
    plan: plans.Plan, client: v1_client.Client, any_endpoint: bool
) -> None:
    """Refuse a plan that was made for another cloud.

    :param any_endpoint: it is the same cloud, whatever the endpoints say
    :raises moganclient.adoption.errors.OtherEndpoint: it was
    :raises moganclient.exceptions.RetiredServer: there are no plans for it
    """
    refuse_retired(client)
    if any_endpoint:
        return
    if not same(plan.endpoint, client.endpoint):
        raise errors.OtherEndpoint(
            f'The plan was made for the endpoint {plan.endpoint}, and this '
            f'client talks to {client.endpoint}.'
        )
    here = client.region_name
    if plan.region and here and plan.region != here:
        raise errors.OtherEndpoint(
            f'The plan was made for the region {plan.region!r}, and this '
            f'client talks to {here!r}.'
        )


def refuse_retired(client: v1_client.Client) -> None:
    """Refuse a retired server, with which no plan could be carried out.

    :raises moganclient.exceptions.RetiredServer: it is one
    """
    if client.retired:
        # Says it.
        client.require(server.UUID_CHOSEN, 'adoption plans')


def _comparable(endpoint: str) -> str:
    try:
        return transport.versioned(endpoint).lower()
    except exceptions.ValidationError:
        return endpoint
