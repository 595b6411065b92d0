"""The feature cache: activations of the frozen part, computed once and shared by trials, searches and retrainings.

A *block* is the images of one shard of one increment: it never changes, so neither do its features. A *series* is the
blocks of one backbone at one side, cut, view and number format. A series' block lies in one or more *parts*, files of
a bounded size. What is kept is planned (planner.py) from what was measured (costs.py), computed in one pass over the
images (fill.py), read by index (rows.py) and forgotten when it was not used for long (eviction.py).
"""
