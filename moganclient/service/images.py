"""Glance: does this image exist, and what is it."""

from __future__ import annotations

import abc
import dataclasses
import time
from typing import Any

from oslo_config import cfg

from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults

#: The members of an image that are Glance's own.
_OWN = frozenset(
    'checksum container_format created_at direct_url disk_format file id '
    'locations min_disk min_ram name os_hash_algo os_hash_value os_hidden '
    'owner protected schema self size status stores tags updated_at '
    'virtual_size visibility'.split()
)

#: So many images are remembered.
_MOST = 1000


@dataclasses.dataclass(slots=True)
class Image:
    """What a machine is built from.  The UUID is in lower case."""

    id: str
    name: str | None = None
    #: Only one that is ``active`` has data.
    status: str = 'active'
    #: ``qcow2``, ``raw``, ``iso``, ...; None for one without data.
    disk_format: str | None = None
    #: GiB that the disk needs at least; 0 where it does not matter.
    min_disk: int = 0
    #: What is none of the fields here: ``kernel_id``, ``img_type``, ...
    properties: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: ``public``, ``community``, ``shared`` or ``private``.
    visibility: str = 'public'
    #: The project whose it is.
    owner: str | None = None


class Images(abc.ABC):
    """Where images live.  Failures raise ``UpstreamUnavailable``."""

    @abc.abstractmethod
    def exists(self, image_id: str) -> bool:
        """Whether there is an image of this UUID (lower case).

        Only a plain 404 is False; a 403 or an outage is not "not found".
        """

    def get(self, image_id: str) -> Image | None:
        """An image by UUID (lower case) as it is now, None where none is."""
        raise NotImplementedError

    @abc.abstractmethod
    def check(self) -> None:
        """Answer the health check: cheap, and raises what is wrong."""


def build(conf: cfg.ConfigOpts) -> GlanceImages | None:
    """Glance as configured, or None where ``[glance]`` is empty.

    :raises moganclient.service.exceptions.ConfigError: ``[glance]`` is not
        enough
    """
    if not upstream.is_configured(conf, 'glance'):
        return None
    return GlanceImages(
        upstream.Upstream(conf, 'glance'), conf.flows.image_cache
    )


class GlanceImages(Images):
    """The images of a Glance."""

    def __init__(self, glance: upstream.Upstream, remember: float = 0) -> None:
        """Use a Glance.

        :param remember: seconds in which an image that was there is not asked
            for again
        """
        self._glance = glance
        self._remember = remember
        #: Images to the ``time.monotonic()`` until which they are known.
        self._known: dict[str, float] = {}

    def exists(self, image_id: str) -> bool:
        """Whether there is such an image (Glance knows no HEAD)."""
        if self._known.get(image_id, 0) > time.monotonic():
            return True
        try:
            self._glance.get(f'/images/{upstream.segment(image_id)}')
        except upstream_faults.Missing:
            return False
        if self._remember:
            if len(self._known) >= _MOST:
                self._known = {}
            self._known[image_id] = time.monotonic() + self._remember
        return True

    def get(self, image_id: str) -> Image | None:
        """An image as it is now; never from memory."""
        try:
            item = self._glance.get(f'/images/{upstream.segment(image_id)}')
        except upstream_faults.Missing:
            return None
        if not isinstance(item, dict) or 'id' not in item:
            raise exceptions.UpstreamUnavailable(
                f'{self._glance.name} was asked for image {image_id} and '
                'answers without "id"; is the address of the service right?'
            )
        return Image(
            id=item['id'].lower(),
            name=item.get('name'),
            status=item.get('status') or 'active',
            disk_format=item.get('disk_format'),
            min_disk=int(item.get('min_disk') or 0),
            # What Glance itself has no name for stands beside its own.
            properties={
                key: value for key, value in item.items() if key not in _OWN
            },
            visibility=item.get('visibility') or 'public',
            owner=item.get('owner'),
        )

    def check(self) -> None:
        """Whether images can be read."""
        self._glance.get('/images', 'limit=1')
