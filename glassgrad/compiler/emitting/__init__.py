"""Loops -> LLVM's text."""
