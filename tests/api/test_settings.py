"""The environment is read strictly; whatever is wrong is refused by name."""

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


def test_what_is_not_set_has_its_default():
    settings = read_settings(GOOD)

    assert settings.bind == Address("127.0.0.1", 8000)
    assert settings.database_hosts[1] == Address("db.example.com", 5433)
    assert (settings.pool_min, settings.pool_max) == (5, 20)
    assert [key.kid for key in settings.token_keys] == ["new", "old"]
    assert settings.metrics_bind is None
    assert settings.replica_hosts == ()


def test_a_value_may_stand_in_a_file(tmp_path):
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
    ],
)
def test_what_is_wrong_is_refused_by_name(name, value):
    environment = GOOD | {name: value}
    if value is None:
        environment = {key: one for key, one in GOOD.items() if key != name}

    with pytest.raises(SettingsRefused, match=name):
        read_settings(environment)


def test_no_secret_shows_in_a_representation():
    shown = repr(read_settings(GOOD))

    assert "secret" not in shown
    assert KEY not in shown
