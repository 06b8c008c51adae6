"""Short guided lessons on live numbers: one Markdown file each, in the order of their names.

docs/explorer.md tells how to write one. Data flows one way: `reading` takes a file apart, `telling`
computes its numbers and puts them into a report, `judging` answers what its reader fills in.
"""
