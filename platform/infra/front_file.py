"""The front's haproxy.cfg: whom it asks, whom it asks again, what it says itself."""

from typing import Final

import msgspec

from infra.ports import HTTP

ANSWERS: Final = {
    502: ("outcome_unknown", "The instance was lost; whether it did so is not known."),
    503: ("unavailable", "No instance of the API can answer now."),
    504: ("outcome_unknown", "No answer in time; whether it was done is not known."),
}
"""What the proxy says itself, in the API's one format (`api/problems.py`)."""
RETRY_SECONDS: Final = 1


def configuration_of(members: str, *, slots: int) -> str:
    """HAProxy's configuration for the instances behind the name `members`.

    A request that found no instance goes to another one. One that an instance took
    and did not answer is repeated only where that is safe: when it reads, or bears an
    Idempotency-Key, with which the API does it once.
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
{_answers()}

resolvers cluster
  parse-resolv-conf
  resolve_retries 2
  timeout resolve 1s
  timeout retry 500ms
  hold valid 1s
  hold obsolete 1s

frontend door
  bind :{HTTP}
  option forwardfor
  acl reads method GET HEAD
  acl once req.hdr(Idempotency-Key) -m found
  http-request return status 200 if {{ path /front/alive }}
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
  server-template api- {slots} {members}:{HTTP}
"""


def _answers() -> str:
    return "\n".join(
        f"  http-error status {status} content-type application/json"
        f" string {_quoted(_body(code, message))} hdr Retry-After {RETRY_SECONDS}"
        for status, (code, message) in ANSWERS.items()
    )


def _body(code: str, message: str) -> str:
    known = {"code": code, "message": message}
    unknown: dict[str, object] = {"details": [], "request_id": None}
    return msgspec.json.encode({"error": {**known, **unknown}}).decode()


def _quoted(text: str) -> str:
    """As one word of the file; single quotes take everything but themselves."""
    return "'" + text.replace("'", r"'\''") + "'"
