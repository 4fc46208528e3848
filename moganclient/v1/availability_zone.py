"""Availability zones: where a new server can be asked to be."""

from __future__ import annotations

from typing import ClassVar

from moganclient.v1 import strings


class AvailabilityZoneManager(strings.Manager):
    """Lists their names, which aggregates have in their metadata."""

    COLLECTION: ClassVar[str] = 'availability_zones'
    KINDS: ClassVar[str] = 'availability zones'
