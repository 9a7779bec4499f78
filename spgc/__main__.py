"""`python -m spgc`: the command where no script is on the path, as under torchrun."""

from spgc.cli.main import main

if __name__ == "__main__":
    main()
