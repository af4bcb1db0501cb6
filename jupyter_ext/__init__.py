"""The notebook's face of Sendoff: from a fitted model in a running kernel to a tested, running prediction service.

Nothing is imported here: `%load_ext jupyter_ext` must not cost a person seconds.
"""
