"""Tests that there are no plans for a retired server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moganclient.adoption import plan as plans
from moganclient import exceptions
from moganclient.tests.unit.adoption import cloud
from moganclient.tests.unit.v1 import retired
from moganclient.v1 import client


class TestRetired(cloud.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.http.get(cloud.ENDPOINT, json=retired.DOCUMENT)
        self.client = client.Client(cloud.ENDPOINT)

    def refused(self, ask: Callable[..., Any]) -> None:
        error = self.assertRaises(exceptions.RetiredServer, ask, self.client)
        self.assertIn('1.3 is needed for adoption plans', error.message)
        self.assertEqual([], self.cloud.asked)
        self.assertFalse(self.plan.journal_path.exists())

    def test_to_be_made(self):
        self.refused(plans.Plan.create)

    def test_to_be_checked(self):
        self.refused(self.plan.check)

    def test_to_be_carried_out(self):
        self.refused(self.plan.apply)

    def test_to_be_shown(self):
        self.refused(self.plan.show)

    def test_to_be_rolled_back(self):
        self.refused(self.plan.rollback)
