"""Rules by subject: a module has the names of its rules, and ``RULES``.

:mod:`moganclient.service.api.policy` gathers them.
"""

from __future__ import annotations

import typing

from moganclient.service.api.policies import manageable_servers
from moganclient.service.api.policies import servers

if typing.TYPE_CHECKING:
    import types

#: The modules whose ``RULES`` there are beside those of ``policy`` itself.
MODULES: tuple[types.ModuleType, ...] = (
    manageable_servers,
    servers,
)
