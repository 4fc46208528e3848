"""Who is calling, in which project, and whether for the whole deployment."""

from __future__ import annotations

import re
from typing import Any

from oslo_config import cfg
from oslo_context import context

_REQUEST_ID = re.compile(
    r'^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z'
)


class Context(context.RequestContext):
    """A caller.  ``request_id`` is in every answer and every log line.

    ``is_admin_project`` is this service's own: it is true for the one
    project of ``[api] admin_project_id`` (or ``admin_project_name``), and
    what oslo.context and Keystone say of it is not used.  The default of
    oslo.context is true, which would make every project's admin one of the
    whole deployment.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault('is_admin_project', False)
        super().__init__(*args, **kwargs)

    @property
    def is_system(self) -> bool:
        """Whether the caller speaks for the deployment, without a project."""
        return self.system_scope == 'all'


def valid_request_id(value: str | None) -> str | None:
    """A caller's request id if it has the form of one, or None."""
    return value if value and _REQUEST_ID.match(value) else None


def _is_admin_project(
    conf: cfg.ConfigOpts,
    project_id: str | None,
    project_name: str | None,
    project_domain_id: str | None,
) -> bool:
    if not project_id:
        return False
    if conf.api.admin_project_id:
        return bool(project_id == conf.api.admin_project_id)
    return bool(
        conf.api.admin_project_name
        and project_name == conf.api.admin_project_name
        and project_domain_id == conf.api.admin_project_domain_id
    )


def from_keystone(conf: cfg.ConfigOpts, environ: dict[str, Any]) -> Context:
    """The caller as keystonemiddleware found it out.

    Call it only behind that middleware: these are headers.
    """
    found: Context = Context.from_environ(
        environ, is_admin_project=False, overwrite=True
    )
    found.is_admin_project = _is_admin_project(
        conf, found.project_id, found.project_name, found.project_domain_id
    )
    return found


def local(
    conf: cfg.ConfigOpts, environ: dict[str, Any], user: str | None = None
) -> Context:
    """The caller under ``noauth`` and ``http_basic``: admin of one project.

    Takes nothing from the request but its id.
    """
    return Context(
        user_id=user,
        user_name=user,
        project_id=conf.api.local_project_id,
        roles=['admin', 'member', 'reader'],
        is_admin_project=True,
        request_id=environ['openstack.request_id'],
        global_request_id=environ.get('openstack.global_request_id'),
        overwrite=True,
    )


def nobody(environ: dict[str, Any]) -> Context:
    """Whoever asks for what needs no authentication."""
    return Context(
        request_id=environ['openstack.request_id'],
        global_request_id=environ.get('openstack.global_request_id'),
        overwrite=True,
    )
