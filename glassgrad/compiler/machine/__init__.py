"""LLVM's text, the machine code made of it, the cache that keeps that, and memory for it."""
