"""The steps as a form of plain widgets: the trail above, the questions, what explains them, the review.

Import the modules, late: they import the widgets.
"""
