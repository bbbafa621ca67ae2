"""python -m api.cli, for a checkout whose console script is not installed."""

from api.cli import main

main()
