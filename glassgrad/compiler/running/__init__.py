"""A call of compiled code: live handles, checks of what may have changed, one step or many."""
