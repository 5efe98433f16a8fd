"""What approval closes and freezes: snapshots of reports, locks on records, amendments.

``content`` gathers what a report says and the facts behind it, ``recount`` works its figures out
from these facts, ``snapshots`` keeps and verifies, ``difference`` explains one from another.
"""
