"""The database, as the rest of the service sees it.

Every method is one short transaction.  What it returns is detached, fully
loaded and a copy: changing it changes no row.  Failures are
:mod:`moganclient.service.exceptions`; a database that cannot be reached is
``Unavailable`` with the code ``database_unavailable``.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.db import aggregates
from moganclient.service.db import claims
from moganclient.service.db import flavor_access
from moganclient.service.db import flavors
from moganclient.service.db import flows
from moganclient.service.db import keypairs
from moganclient.service.db import migration
from moganclient.service.db import server_groups
from moganclient.service.db import server_ports
from moganclient.service.db import servers

ClaimStore = claims.ClaimStore
FLAVOR_SORT_KEYS = flavors.FLAVOR_SORT_KEYS
FlavorQuery = flavors.FlavorQuery
SERVER_SORT_KEYS = servers.SERVER_SORT_KEYS
ServerQuery = servers.ServerQuery


class Database(
    servers.Servers,
    server_ports.ServerPorts,
    flows.Flows,
    flavors.Flavors,
    flavor_access.FlavorAccess,
    keypairs.Keypairs,
    aggregates.Aggregates,
    server_groups.ServerGroups,
    claims.Leases,
):
    """Everything that the service remembers."""

    def __init__(
        self, connection: str, *, verify: bool = True, **kwargs: Any
    ) -> None:
        """Open a database whose schema is the one of this release.

        :param connection: a database URL, see
            :func:`moganclient.service.db.engine.parse_url`
        :param verify: look at the schema; False connects to nothing yet
        :param kwargs: ``pool_size`` and ``pool_timeout`` of
            :class:`moganclient.service.db.store.Store`
        :raises moganclient.service.exceptions.ConfigError: the URL is wrong,
            or the schema is of another release
        :raises moganclient.service.exceptions.Unavailable: no answer
        """
        super().__init__(connection, **kwargs)
        if verify:
            try:
                migration.verify(self)
            except BaseException:
                self.dispose()
                raise
