"""From the variable to the file: a live model saved into the project folder, with its own answers recorded beside it.

`capture` (in `capturing`) is the way in. The steps it takes are modules of their own: the model is looked at (`fitness`),
saved (`exporting`), its code that lives in the notebook is taken along (`rescue`), the person's sample is read (`sample`)
and the model's answers to it are recorded (`recording`). Importing the package imports none of them.
"""
