"""The tables of the events slice; all are raw SQL: Piccolo knows no partitions."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

APP_CONFIG = AppConfig(
    app_name="events",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=[],
    migration_dependencies=["api.kernel.piccolo_app"],
)
