"""Managing and unmanaging a server, step by step, and recovery."""
