"""Targets (chỉ tiêu, kế hoạch giao): what a unit is to reach in a period, by which document.

``measures`` says what can be a target and how it adds up; ``rules`` what must be true of one;
``reading`` finds targets and how far units have come; ``forecasts`` goes on from there to the end
of the period; ``splitting`` shares a target out over the units beneath. Why: decision 11.
"""
