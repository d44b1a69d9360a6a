"""The kernel's own tables: jobs, schedules, idempotency keys."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="kernel",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=table_finder(modules=["api.kernel.tables"]),
    migration_dependencies=[],
)
