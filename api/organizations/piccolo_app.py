"""The tables of this slice and their migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="organizations",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(modules=["api.organizations.tables"]),
    migration_dependencies=["api.identity.piccolo_app"],
)
