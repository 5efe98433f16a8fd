"""The report of one unit: what it says, what is checked of it, and who moves it on.

``doubts`` says when a figure looks wrong, ``checks`` what stands in the way of a report, ``content``
what a report says, ``flow`` is the only code that moves a report from state to state.
"""
