"""How Sphinx builds the release notes."""

from __future__ import annotations

extensions = ['openstackdocstheme', 'reno.sphinxext']

project = 'python-moganclient release notes'
copyright = 'python-moganclient developers'  # noqa: A001
root_doc = 'index'

html_theme = 'openstackdocs'
openstackdocs_repo_name = 'openstack/python-moganclient'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_pdf_link = False
openstackdocs_use_storyboard = False
