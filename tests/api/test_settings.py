"""The environment is read strictly; an invalid variable is refused by name."""

import base64

import pytest

from api.settings import Address, SettingsRefused, read_settings

KEY = base64.b64encode(b"k" * 32).decode()
GOOD = {
    "HOLDFAST_DATABASE_HOSTS": "127.0.0.1:5432,db.example.com:5433",
    "HOLDFAST_DATABASE_USER": "holdfast_api",
    "HOLDFAST_DATABASE_PASSWORD": "secret",
    "HOLDFAST_TOKEN_KEYS": f"new:{KEY},old:{KEY}",
}


def test_an_unset_variable_has_its_default():
    settings = read_settings(GOOD)

    assert settings.bind == Address("127.0.0.1", 8000)
    assert settings.database_hosts[1] == Address("db.example.com", 5433)
    assert (settings.pool_min, settings.pool_max) == (5, 20)
    assert [key.kid for key in settings.token_keys] == ["new", "old"]
    assert settings.metrics_bind is None
    assert settings.replica_hosts == ()


def test_a_value_may_be_read_from_a_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("from a file\n")
    environment = GOOD | {"HOLDFAST_DATABASE_PASSWORD_FILE": str(path)}

    assert read_settings(environment).database_password == "from a file"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOLDFAST_DATABASE_USER", None),
        ("HOLDFAST_DATABASE_HOSTS", None),
        ("HOLDFAST_DATABASE_HOSTS", "localhost"),
        ("HOLDFAST_DATABASE_HOSTS", ""),
        ("HOLDFAST_ENVIRONMENT", "prod"),
        ("HOLDFAST_POOL_MAX", "many"),
        ("HOLDFAST_POOL_MAX", "-1"),
        ("HOLDFAST_TOKEN_KEYS", "short:c2hvcnQ="),
        ("HOLDFAST_TOKEN_KEYS", "nothing"),
        ("HOLDFAST_DATABASE_PASSWORD_FILE", "/nowhere"),
        ("HOLDFAST_OTLP_ENDPOINT", "collector:4318"),
        ("HOLDFAST_OTLP_ENDPOINT", "grpc://collector:4317"),
        ("HOLDFAST_OTLP_ENDPOINT", "http://"),
        ("HOLDFAST_OTLP_ENDPOINT", "http://collector:many"),
        ("HOLDFAST_TRACE_SHARE", "1.01"),
        ("HOLDFAST_TRACE_SHARE", "-0.1"),
        ("HOLDFAST_TRACE_SHARE", "one percent"),
        ("HOLDFAST_TRACE_SHARE", "nan"),
        ("HOLDFAST_SENTRY_DSN", "sentry.example.com"),
        ("HOLDFAST_SENTRY_DSN", "https://sentry.example.com/1"),
        ("HOLDFAST_SENTRY_DSN", "https://key@sentry.example.com"),
    ],
)
def test_an_invalid_variable_is_refused_by_name(name, value):
    environment = GOOD | {name: value}
    if value is None:
        environment = {key: one for key, one in GOOD.items() if key != name}

    with pytest.raises(SettingsRefused, match=name):
        read_settings(environment)


def test_a_refused_address_is_not_repeated_since_it_may_hold_a_key():
    with pytest.raises(SettingsRefused) as refused:
        read_settings(GOOD | {"HOLDFAST_SENTRY_DSN": "canary@nowhere"})

    assert "canary" not in str(refused.value)


def test_endpoints_of_traces_and_crash_reports():
    assert read_settings(GOOD).otlp_endpoint == ""
    assert read_settings(GOOD).trace_share == 0.01
    given = {
        "HOLDFAST_OTLP_ENDPOINT": "http://127.0.0.1:4318/",
        "HOLDFAST_TRACE_SHARE": "1",
        "HOLDFAST_SENTRY_DSN": "https://key@sentry.example.com/7",
    }

    settings = read_settings(GOOD | given)

    assert settings.otlp_endpoint == "http://127.0.0.1:4318"
    assert settings.trace_share == 1
    assert settings.sentry_dsn.endswith("/7")


def test_no_secret_shows_in_a_representation():
    shown = repr(read_settings(GOOD))

    assert "secret" not in shown
    assert KEY not in shown
