"""Rules by subject: a module has the names of its rules, and ``RULES``.

:mod:`moganclient.service.api.policy` gathers them.
"""

from __future__ import annotations

import typing

from moganclient.service.api.policies import aggregates
from moganclient.service.api.policies import flavor_access
from moganclient.service.api.policies import keypairs
from moganclient.service.api.policies import manageable_servers
from moganclient.service.api.policies import server_groups
from moganclient.service.api.policies import servers

if typing.TYPE_CHECKING:
    import types

#: The modules whose ``RULES`` there are beside those of ``policy`` itself.
MODULES: tuple[types.ModuleType, ...] = (
    aggregates,
    flavor_access,
    keypairs,
    manageable_servers,
    server_groups,
    servers,
)
