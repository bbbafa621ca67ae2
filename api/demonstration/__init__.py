"""The whole main job, told by a plain HTTP client of /v1 against a server of its own.

For `novisit demo`, tests and benchmarks; the service itself never imports it.
"""
