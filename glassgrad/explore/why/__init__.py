"""One gradient taken apart: what each path and each sample brings to it."""
