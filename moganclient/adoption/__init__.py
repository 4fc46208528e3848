"""Taking over a fleet: plan, check, apply, roll back."""
