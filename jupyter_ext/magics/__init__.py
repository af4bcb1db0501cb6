"""`%sendoff` and `%%sendoff`: the wizard from a line of a notebook."""
