"""`python -m coranalyze`"""

from coranalyze.cli import main

if __name__ == "__main__":
    main()
