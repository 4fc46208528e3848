"""Glance: does this image exist."""

from __future__ import annotations

import abc
from typing import Any


class Images(abc.ABC):
    """Where images live.  Failures raise ``UpstreamUnavailable``."""

    @abc.abstractmethod
    def exists(self, image_id: str) -> bool:
        """Whether there is an image of this UUID (lower case).

        Only a plain 404 is False; a 403 or an outage is not "not found".
        """

    @abc.abstractmethod
    def check(self) -> None:
        """Answer the health check: cheap, and raises what is wrong."""


def build(conf: Any) -> Images | None:
    """The configured service's, or None where none is configured."""
    return None
