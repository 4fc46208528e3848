"""The API versions that brought something, by a name each."""

from __future__ import annotations

from moganclient import microversion

#: All that the retired API had and 1.3 had not: keypairs, aggregates, power,
#: and so on.  A retired server has it too.
WHOLE_API: microversion.Version = (1, 4)
