"""Start a cloud and keep it until Ctrl-C.

``python -m moganclient.tests.functional.cloud [machines|build|base|bulk]``
"""

from __future__ import annotations

import argparse
import signal
import time

from moganclient.tests.functional.cloud import identity
from moganclient.tests.functional.cloud import stack


def main() -> None:
    """Start, say where it is, wait."""
    parser = argparse.ArgumentParser(
        prog='python -m moganclient.tests.functional.cloud',
        description='Start a real cloud and keep it until Ctrl-C.',
    )
    parser.add_argument(
        'snapshot',
        nargs='?',
        default='machines',
        choices=['machines', 'build', 'base', 'bulk'],
        help='what is in it: running machines of every kind (the default), '
        'with others to build servers on, none, or a thousand alike',
    )
    snapshot = parser.parse_args().snapshot
    begin = time.monotonic()
    cloud = stack.get(snapshot)
    layout = cloud.layout
    print(f'Ready after {time.monotonic() - begin:.1f} s: {layout.run}')
    for name in ('keystone', 'glance', 'neutron', 'ironic', 'compute'):
        print(f'  {name:9}{layout.url(name)}')
    print(f'  clouds   {", ".join(identity.CLOUDS)}\n')
    print(f'export OS_CLIENT_CONFIG_FILE={layout.clouds_yaml}')
    print(f'{layout.bin}/openstack --os-cloud system baremetal node list')
    print('Ctrl-C ends it.', flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass


if __name__ == '__main__':
    main()
