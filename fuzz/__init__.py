"""Random scalar programs, run by every stage of the compiler and compared: `./dev fuzz 1000`.

`programs.py` writes a program as Python text, one for each number (its seed); `agreement.py` runs
it eagerly and through every stage, and says where they differ; `draws.py` makes a program that
shows a difference small; `__main__.py` does so for as many as one likes, in several processes.
"""
