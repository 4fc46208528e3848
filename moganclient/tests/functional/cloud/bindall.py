"""An ML2 mechanism driver that binds every port at once, with no agent.

Neutron's own need an agent, or leave a port with a host ``binding_failed``;
then Ironic waits minutes for it when a VIF is attached to an active node.
Copied beside a ``dist-info`` that Neutron finds it by (see ``config``), so it
imports nothing of ours.
"""

from __future__ import annotations

from neutron_lib.api.definitions import portbindings
from neutron_lib import constants
from neutron_lib.plugins.ml2 import api


class BindAll(api.MechanismDriver):  # type: ignore[misc]
    """Bind to the first segment, as active."""

    @property
    def connectivity(self) -> str:
        return str(portbindings.CONNECTIVITY_L2)

    def initialize(self) -> None:
        pass

    def bind_port(self, context: api.PortContext) -> None:
        context.set_binding(
            context.segments_to_bind[0][api.ID],
            portbindings.VIF_TYPE_OTHER,
            {},
            status=constants.PORT_STATUS_ACTIVE,
        )
