import pytest

from targets.loading import locate


@pytest.fixture(scope="session")
def written() -> str:
    """The platform's own targets file, as text to plant defects in."""
    return locate().read_text(encoding="utf-8")
