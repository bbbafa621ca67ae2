"""python -m api.cli, for a checkout whose console script is not installed."""

from api.cli import main

if __name__ == "__main__":
    main()
