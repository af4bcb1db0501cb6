"""`python -m wizard` is `sendoff`."""

from wizard.cli import main

main()
