import pytest

from targets.loading import locate


@pytest.fixture(scope="session")
def written() -> str:
    """Return the text of the platform's targets file, to plant defects in."""
    return locate().read_text(encoding="utf-8")
