"""A real cloud for tests: Keystone, Ironic, Glance and Neutron from PyPI.

Nothing but Python and a package index is needed.  The services are installed
once into a virtual environment of their own under the user's cache directory,
run on free ports of the loopback interface with SQLite, and end with the
process that started them.  What they know (users, networks, running machines)
is seeded once and kept as a snapshot, so that the next run has it in seconds.

``python -m moganclient.tests.functional.cloud`` starts one to play with.

Environment variables:

``MOGANCLIENT_TEST_CACHE``
    where the virtual environment and the snapshots are kept
    (``~/.cache/python-moganclient-tests``)
``MOGANCLIENT_TEST_CLOUD_PYTHON``
    the Python that runs the services (the one that runs the tests)
``MOGANCLIENT_TEST_KEEP``
    when set, directories with logs and databases are left behind
"""
