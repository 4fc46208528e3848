"""The guide to fleets shows what its commands print."""

from __future__ import annotations

import importlib
import pathlib
import sys

import testtools

TOOLS = pathlib.Path(__file__).resolve().parents[3] / 'tools'


class FleetGuideTest(testtools.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sys.path.insert(0, str(TOOLS))
        cls.addClassCleanup(sys.path.remove, str(TOOLS))
        environment = importlib.import_module('environment')
        # With what is installed here, instead of in `.venv`.
        before = environment.BIN
        environment.BIN = pathlib.Path(sys.executable).parent
        cls.addClassCleanup(setattr, environment, 'BIN', before)
        # One run for all tests: it takes two minutes.
        cls.guide = importlib.import_module('fleet_guide').run()

    def test_page_shows_what_is_printed(self):
        self.assertEqual(
            '',
            ''.join(
                piece.difference()
                for piece in self.guide.pieces
                if not piece.agrees
            ),
        )

    def test_every_command_was_run(self):
        run = {
            piece.line.split('adoption plan ')[1].split()[0]
            for piece in self.guide.pieces
            if 'adoption plan ' in piece.line and piece.printed is not None
        }

        self.assertEqual({'create', 'check', 'apply', 'show', 'rollback'}, run)

    def test_page_would_be_written_as_it_is(self):
        self.assertEqual(self.guide.page, self.guide.rewritten())
