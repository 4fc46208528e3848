"""What an operator reads when something goes wrong.

The library's errors have a sentence each.  Here what only the shell knows is
added: which option, or which line of clouds.yaml, would help.
"""

from __future__ import annotations

import collections.abc
import contextlib
import typing

from osc_lib import exceptions

from moganclient.adoption import errors as adoption
from moganclient import exceptions as library
from moganclient.osc import plugin
from moganclient.v1 import versions

if typing.TYPE_CHECKING:
    from osc_lib import shell

    from moganclient.v1 import client as v1_client

#: What all our commands begin with.
NOUN = 'baremetalcompute'

_Row = typing.TypeVar('_Row')

#: The first class that an error is one of says what to do about it.
_ADVICE: tuple[tuple[type[library.ClientException], str], ...] = (
    (
        library.EndpointNotFound,
        'Without a catalog, see --os-endpoint; or set '
        'baremetal_compute_endpoint_override in clouds.yaml, or check '
        '--os-region-name and --os-interface.',
    ),
    (
        # No other version would help.
        library.RetiredServer,
        '',
    ),
    (
        library.UnsupportedVersion,
        'See --os-baremetal-compute-api-version.',
    ),
    (
        library.SSLError,
        'See --os-cacert.',
    ),
    (
        adoption.OtherEndpoint,
        'See --any-endpoint if it is the same cloud.',
    ),
    (
        adoption.NothingAdoptable,
        f'See openstack {NOUN} adoptable node list --all.',
    ),
)


def client(app: shell.OpenStackShell) -> v1_client.Client:
    """The library's client for the cloud that the shell talks to.

    :raises osc_lib.exceptions.CommandError: none can be made.
    """
    with explained():
        # The shell puts it there under our API_NAME.
        made: v1_client.Client = getattr(app.client_manager, plugin.API_NAME)
        return made


def client_for(app: shell.OpenStackShell, what: str) -> v1_client.Client:
    """The same, of a service that is new enough for all of API 1.4.

    To be asked for before anything is looked up, so that a service that is
    too old is told of in one sentence and nothing else.

    :param what: for the sentence, e.g. ``creating servers``
    :raises osc_lib.exceptions.CommandError: it is too old
    """
    with explained():
        made = client(app)
        made.require(versions.WHOLE_API, what, retired=True)
        return made


@contextlib.contextmanager
def explained() -> collections.abc.Iterator[None]:
    """Turn what the library raises into what an operator can read.

    :raises osc_lib.exceptions.CommandError: for any error of the library.
    """
    try:
        yield
    except library.ClientException as error:
        raise exceptions.CommandError(sentence(error)) from error


def explained_rows(
    rows: collections.abc.Iterable[_Row],
) -> collections.abc.Iterator[_Row]:
    """The same for rows that are still to be fetched while they print."""
    with explained():
        yield from rows


def sentence(error: library.ClientException) -> str:
    """An error of the library, in words for the one who typed."""
    text = error.message
    known = {reason['code'] for reason in error.reasons}
    if (
        isinstance(error, library.CannotChoose)
        and error.argument == 'flavor'
        # No flavor helps a node that has no class.
        and 'no_resource_class' not in known
    ):
        text = f'{text} See --flavor'
        if not error.candidates:
            text = f'{text}, and openstack {NOUN} flavor create'
        text = f'{text}.'
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            text = f'{text} {advice}'.rstrip()
            break
    # Nobody looks up a 404 in a log, but a failure of the service's own.
    if error.http_status >= 500 and error.request_id:
        text = f'{text} (Request-ID: {error.request_id})'
    return text
