"""Run the command line with `python -m studio.cli`."""

from studio.cli.app import main

main()
