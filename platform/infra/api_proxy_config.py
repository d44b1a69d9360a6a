"""haproxy.cfg of the API proxy: routing, retries, and its own error responses."""

from typing import Final

import msgspec

from infra.ports import HTTP

ALIVE: Final = "/proxy/alive"
"""Answered by HAProxy itself, for its probes."""
ERRORS: Final = {
    502: ("outcome_unknown", "The instance was lost; whether it did so is not known."),
    503: ("unavailable", "No instance of the API can answer now."),
    504: ("outcome_unknown", "No answer in time; whether it was done is not known."),
}
"""The proxy's own error responses, in the API's format (`api/problems.py`)."""
RETRY_SECONDS: Final = 1


def configuration_of(instances: str, *, slots: int) -> str:
    """Return the configuration for the instances behind the name `instances`.

    A request that could not connect goes to another instance. A request that an
    instance accepted and did not answer is repeated only where that is safe: if it is
    a read, or has an Idempotency-Key, with which the API performs it once.
    """
    return f"""\
global
  maxconn 8192
  log stdout format raw local0 notice
  hard-stop-after 30s

defaults
  mode http
  log global
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
  timeout connect 1s
  timeout check 2s
  timeout queue 5s
  timeout http-request 30s
  timeout http-keep-alive 75s
  timeout client 90s
  timeout server 90s
{_error_lines()}

resolvers cluster
  parse-resolv-conf
  resolve_retries 2
  timeout resolve 1s
  timeout retry 500ms
  hold valid 1s
  hold obsolete 1s

frontend clients
  bind :{HTTP}
  option forwardfor
  acl reads method GET HEAD
  acl once req.hdr(Idempotency-Key) -m found
  http-request return status 200 if {{ path {ALIVE} }}
  http-request disable-l7-retry unless reads or once
  default_backend api

backend api
  balance leastconn
  option httpchk
  http-check send meth GET uri /health/live ver HTTP/1.1 hdr Host api
  http-check expect status 200
  default-server check inter 1s fastinter 250ms downinter 500ms fall 2 rise 1
  default-server observe layer4 error-limit 1 on-error mark-down
  default-server resolvers cluster init-addr none resolve-prefer ipv4
  server-template api- {slots} {instances}:{HTTP}
"""


def _error_lines() -> str:
    return "\n".join(
        f"  http-error status {status} content-type application/json"
        f" string {_quoted(_body(code, message))} hdr Retry-After {RETRY_SECONDS}"
        for status, (code, message) in ERRORS.items()
    )


def _body(code: str, message: str) -> str:
    known = {"code": code, "message": message}
    unknown: dict[str, object] = {"details": [], "request_id": None}
    return msgspec.json.encode({"error": {**known, **unknown}}).decode()


def _quoted(text: str) -> str:
    """Return one word of the file; only a single quote must be escaped."""
    return "'" + text.replace("'", r"'\''") + "'"
