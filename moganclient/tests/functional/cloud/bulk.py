"""A thousand machines alike, for benchmarks."""

from __future__ import annotations

from typing import Any

from moganclient.tests.functional.cloud import api as cloud_api
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import copies
from moganclient.tests.functional.cloud import machines

COUNT = 1000


def seed(
    api: cloud_api.Api,
    demo: str,
    layout: config.Layout,
    count: int = COUNT,
) -> dict[str, Any]:
    """Active nodes ``bulk-0000``, ..., each with a NIC and a VIF.

    :param demo: project that owns the Neutron ports
    :param layout: where the databases are
    :returns: name to what is known of a machine
    """
    first = machines.Seeder(api, demo).make(
        machines.Machine('bulk-0000', resource_class='baremetal.bulk'), 0
    )
    names = [f'bulk-{number:04}' for number in range(count)]
    result = {names[0]: first}
    with copies.of(layout, first) as copy:
        for number, name in enumerate(names[1:], 1):
            result[name] = copy(name, number)
    return result
