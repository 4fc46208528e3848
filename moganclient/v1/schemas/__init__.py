"""JSON Schemas of the request bodies of the bare metal compute API, v1.

The client validates with these before it sends and the service validates with
these same objects, so that both refuse the same bodies with the same words.
The 1.1 form of ``manage`` is the specification's; 1.2 adds ``project_id`` and
``metadata``, 1.3 ``uuid``.  What 1.4 brings is the retired API's.
"""

from __future__ import annotations

from moganclient.v1.schemas import common
from moganclient.v1.schemas import flavors
from moganclient.v1.schemas import managing
from moganclient.v1.schemas import others
from moganclient.v1.schemas import servers

DESCRIPTION = common.DESCRIPTION
JSON_PATCH = common.JSON_PATCH
METADATA = common.METADATA
NAME = common.NAME
TEXT = common.TEXT
UUID = common.UUID
UUID_PATTERN = common.UUID_PATTERN
FLAVOR_ACCESS = flavors.FLAVOR_ACCESS
FLAVOR_CREATE = flavors.FLAVOR_CREATE
FLAVOR_CREATE_1_4 = flavors.FLAVOR_CREATE_1_4
FLAVOR_MUTABLE = flavors.FLAVOR_MUTABLE
FLAVOR_MUTABLE_1_4 = flavors.FLAVOR_MUTABLE_1_4
TRAITS = flavors.TRAITS
flavor_create = flavors.flavor_create
flavor_fits = flavors.flavor_fits
flavor_mutable = flavors.flavor_mutable
normalized_resource_class = flavors.normalized_resource_class
MANAGE_1_1 = managing.MANAGE_1_1
MANAGE_1_2 = managing.MANAGE_1_2
MANAGE_1_3 = managing.MANAGE_1_3
MANAGEABLE = managing.MANAGEABLE
manage = managing.manage
AGGREGATE_CREATE = others.AGGREGATE_CREATE
AGGREGATE_MUTABLE = others.AGGREGATE_MUTABLE
AGGREGATE_NODE = others.AGGREGATE_NODE
KEYPAIR_CREATE = others.KEYPAIR_CREATE
SERVER_GROUP_CREATE = others.SERVER_GROUP_CREATE
CONSOLE = servers.CONSOLE
FLOATING_IP = servers.FLOATING_IP
INTERFACE = servers.INTERFACE
LOCK = servers.LOCK
POWER = servers.POWER
REBUILD = servers.REBUILD
SERVER_CREATE = servers.SERVER_CREATE
SERVER_MUTABLE = servers.SERVER_MUTABLE
SERVER_MUTABLE_1_4 = servers.SERVER_MUTABLE_1_4
server_mutable = servers.server_mutable
