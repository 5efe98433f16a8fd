"""The paper of the campaign: the official report, its statistical annexes, a province's own form.

Nothing in here asks the database or knows a person: whoever compiles a report hands over what it
says, and gets a file. The same content always gives the same bytes.
"""
