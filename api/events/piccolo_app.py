"""The tables of the events slice; all are raw SQL: Piccolo knows no partitions."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="events",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(modules=["api.events.tables"]),
    migration_dependencies=["api.kernel.piccolo_app"],
)
