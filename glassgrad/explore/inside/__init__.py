"""One scalar expression looked into: its nodes, what each passes back, and what would be if.

Data flows one way. A `subject` gives the root of an expression; `recipe` takes down how it was
made, so that it can be made anew with any number changed; `reading` runs the engine over it and
keeps every number; `places` says where each box stands; `look` puts them into a report.
"""
