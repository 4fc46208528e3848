"""Config drives: what a new server is told of itself.

An ISO 9660 file system with the label ``config-2``, as cloud-init and Ignition
read it: ``openstack/latest/`` with ``meta_data.json``, ``user_data`` and
``network_data.json``, and the files beside it in ``openstack/content``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
import dataclasses
import gzip
import io
import json
from typing import Any

from moganclient.service import exceptions

LABEL = 'config-2'


@dataclasses.dataclass
class Contents:
    """What goes on a config drive."""

    uuid: str
    name: str
    project_id: str
    availability_zone: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    #: ``name``, ``type`` and ``public_key``, or None.
    keypair: dict[str, str] | None = None
    user_data: bytes | None = dataclasses.field(default=None, repr=False)
    #: Path on the server to contents.
    files: dict[str, bytes] = dataclasses.field(
        default_factory=dict, repr=False
    )
    admin_pass: str | None = dataclasses.field(default=None, repr=False)
    #: ``port_id``, ``network_id``, ``mac_address`` and ``fixed_ips`` each.
    ports: Sequence[dict[str, Any]] = ()


def decode(what: str, text: str) -> bytes:
    """Base64 to bytes.

    :param what: for the sentence: ``user_data``
    :raises moganclient.service.exceptions.BadRequest: it is no base64
    """
    try:
        return base64.b64decode(''.join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise exceptions.BadRequest(
            f'{what} has to be base64.', code='invalid_body'
        ) from None


def check_size(
    user_data: bytes | None, files: dict[str, bytes], most: int
) -> None:
    """Whether a server may be given so much.

    :param most: bytes, ``[api] max_config_drive``
    :raises moganclient.service.exceptions.BadRequest: it is too much
    """
    size = len(user_data or b'') + sum(map(len, files.values()))
    if size > most:
        raise exceptions.BadRequest(
            f'User data and files have {size} bytes together; a server can '
            f'be given {most}. Have it fetch the rest by itself.',
            code='config_drive_too_large',
        )


def build(contents: Contents) -> str:
    """The config drive as Ironic takes it: base64 of a gzipped ISO 9660.

    :raises moganclient.service.exceptions.ConfigError: the package pycdlib is
        not installed
    """
    files = {
        'openstack/latest/meta_data.json': _json(meta_data(contents)),
        'openstack/latest/network_data.json': _json(network_data(contents)),
    }
    if contents.user_data is not None:
        files['openstack/latest/user_data'] = contents.user_data
    for number, data in enumerate(contents.files.values()):
        files[f'openstack/content/{number:04d}'] = data
    packed = gzip.compress(_iso(files), mtime=0)
    return base64.b64encode(packed).decode()


def meta_data(contents: Contents) -> dict[str, Any]:
    """``meta_data.json``, in OpenStack's words."""
    found: dict[str, Any] = {
        'uuid': contents.uuid,
        'name': contents.name,
        'hostname': contents.name,
        'launch_index': 0,
        'project_id': contents.project_id,
        'availability_zone': contents.availability_zone,
        'meta': contents.metadata,
    }
    if contents.keypair is not None:
        pair = contents.keypair
        found['public_keys'] = {pair['name']: pair['public_key']}
        found['keys'] = [
            {
                'name': pair['name'],
                'type': pair['type'],
                'data': pair['public_key'],
            }
        ]
    if contents.admin_pass is not None:
        found['admin_pass'] = contents.admin_pass
    if contents.files:
        found['files'] = [
            {'path': path, 'content_path': f'/content/{number:04d}'}
            for number, path in enumerate(contents.files)
        ]
    return found


def network_data(contents: Contents) -> dict[str, Any]:
    """``network_data.json``: a link a port, which asks DHCP for the rest."""
    links, networks = [], []
    for number, port in enumerate(contents.ports):
        link = f'interface{number}'
        links.append(
            {
                'id': link,
                'type': 'phy',
                'ethernet_mac_address': port['mac_address'],
                'vif_id': port['port_id'],
            }
        )
        versions = {
            6 if ':' in str(ip.get('ip_address')) else 4
            for ip in port.get('fixed_ips') or ()
        }
        networks += [
            {
                'id': f'network{number}-ipv{version}',
                'type': f'ipv{version}_dhcp',
                'link': link,
                'network_id': port['network_id'],
            }
            for version in sorted(versions or {4})
        ]
    return {'links': links, 'networks': networks, 'services': []}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _iso(files: dict[str, bytes]) -> bytes:
    try:
        # Not needed by whoever builds nothing, and slow to import.
        import pycdlib
    except ImportError as exc:
        raise exceptions.ConfigError(
            'Building servers needs the package pycdlib: '
            'pip install python-moganclient[service].'
        ) from exc
    iso = pycdlib.PyCdlib()
    iso.new(interchange_level=3, joliet=3, rock_ridge='1.09', vol_ident=LABEL)
    made = {''}
    for number, (path, data) in enumerate(files.items()):
        *above, name = path.split('/')
        for depth in range(1, len(above) + 1):
            directory = '/' + '/'.join(above[:depth])
            if directory not in made:
                made.add(directory)
                iso.add_directory(
                    directory.upper(),
                    rr_name=above[depth - 1],
                    joliet_path=directory,
                )
        iso.add_fp(
            io.BytesIO(data),
            len(data),
            # Names of ISO 9660 itself are poor; nobody reads them.
            f'/{"/".join(above).upper()}/F{number:07d}.;1',
            rr_name=name,
            joliet_path='/' + path,
        )
    written = io.BytesIO()
    iso.write_fp(written)
    iso.close()
    return written.getvalue()
