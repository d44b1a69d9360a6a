"""The API's responses as types, generated from its OpenAPI document.

For programs that talk to the API over HTTP: load tests, chaos experiments, fakes in
tests. The package imports nothing else of this repository.
"""
