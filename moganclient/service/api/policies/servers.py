"""Who may do what with servers, beyond taking over and looking."""

from __future__ import annotations

from oslo_policy import policy

RULES: list[policy.RuleDefault] = []
