"""What can go wrong with a plan and its journal."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from moganclient import exceptions


class PlanError(exceptions.ValidationError):
    """The file of a plan cannot be read, or what it says is wrong.

    ``faults`` are sentences like ``fleet.yaml:12: servers[3].name is
    missing``: file, line, place, and what would be right.  The message is all
    of them, one a line.
    """

    code = 'plan_error'

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param faults: a sentence each; the message where there is none
        """
        said = list(faults)
        super().__init__(
            message or '\n'.join(said) or None, faults=said, **kwargs
        )


class PlanExists(exceptions.ValidationError):
    """There is a file already where the plan should be saved."""

    code = 'plan_exists'


class OtherEndpoint(exceptions.ValidationError):
    """The plan was made for another endpoint or region."""

    code = 'other_endpoint'


class NothingAdoptable(exceptions.ValidationError):
    """No machine can be taken over, so that there is nothing to plan.

    ``left_out`` are the machines that were looked at, with their reasons.
    """

    code = 'nothing_adoptable'

    def __init__(
        self,
        message: str | None = None,
        *,
        left_out: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param left_out: :class:`moganclient.adoption.plan.LeftOut` objects
        """
        self.left_out = list(left_out)
        super().__init__(message, **kwargs)


class Stopped(exceptions.ClientException):
    """It was told to stop (``stop`` was set) before there was a result."""

    code = 'stopped'


class JournalError(exceptions.ClientException):
    """The journal of a plan cannot be read or written."""

    code = 'journal_error'


class JournalInUse(JournalError):
    """Another run works on the same plan at this moment.

    ``holder`` tells who: ``user``, ``host``, ``pid``, ``since`` and
    ``action``, as far as that is known.
    """

    code = 'journal_in_use'

    def __init__(
        self,
        message: str | None = None,
        *,
        holder: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param holder: who works on it
        """
        self.holder = dict(holder or {})
        super().__init__(message, **kwargs)
