"""The explorer: a page in which every number of a network can be seen to move.

Data flows one way: a page sends requests, a `Session` answers by reports; `server`, `widget` and
`record` carry both to a browser, a notebook and a file.
"""
