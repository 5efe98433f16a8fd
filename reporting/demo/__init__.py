"""The demonstration province and the scenarios that stand behind published figures.

Nothing here is about real people: communes and their codes are real, everything else is invented.
``manage.py demo`` runs it; ``build`` is the place to start reading.
"""
