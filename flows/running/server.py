"""The Prefect server of a workspace: a process of ours, on loopback, with its home inside."""

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import certifi

from contacts.settings import Settings
from contacts.settings_file.private import make_private
from flows.failure import WORLD, Failure
from flows.running.children import HOST, Child, start, wait_until_up

OLDEST_SAFE = (3, 6, 22)
HEARTBEAT_SECONDS = 30
START_SECONDS = 180.0  # 17 s at the first start on two idle cores; a busy machine needs more


def prefect_environment(settings: Settings) -> dict[str, str]:
    """The variables that make Prefect this workspace's own; to be set before it is imported.

    What is absent here stays the operator's: the connection URL of Prefect's database, its
    password, its log levels.
    """
    api = f"http://{HOST}:{settings.prefect_port}/api"
    day = 24 * 60 * 60
    return {
        "TOUCHLINE_WORKSPACE": str(settings.workspace),
        "PREFECT_HOME": str(settings.state / "prefect"),
        "PREFECT_PROFILES_PATH": str(settings.state / "prefect" / "profiles.toml"),
        "PREFECT_PROFILE": "ephemeral",
        "PREFECT_API_URL": api,
        "PREFECT_API_KEY": "",
        "PREFECT_API_AUTH_STRING": os.environ.get("PREFECT_SERVER_API_AUTH_STRING", ""),
        "PREFECT_SERVER_API_HOST": HOST,
        # Without it the UI goes on calling 4200.
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_UI_API_URL": api,
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
        # Flow runs are never deleted by default.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(
            settings.run_retention_days * day
        ),
        # A runner that dies with its flow leaves a run that only its missing heartbeat betrays.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
        **_few_certificates(settings, api),
    }


def start_server(settings: Settings) -> Child:
    """Start the server; `wait_for_server` says when it answers."""
    refuse_known_holes(version("prefect"))
    make_private(settings.state / "prefect")
    _keep_one_certificate(settings)
    environment = prefect_environment(settings)
    return start(
        "Prefect server",
        ["flows.running.prefect_server", "start"],
        log=settings.state / "logs" / "prefect-server.log",
        # Prefect lists all time zones at every schedule it reads. The package's list is one file;
        # the machine's is a walk through six hundred, of which a page of deployments made thirty.
        extra=environment | {"PYTHONTZPATH": ""},
    )


def _few_certificates(settings: Settings, api: str) -> dict[str, str]:
    """For clients of a server started here, which speaks no TLS.

    Each reads all certificates otherwise: 20 ms of CPU, several times in every run.
    """
    one, asked = _one_certificate(settings), os.environ.get("PREFECT_API_URL", api)
    return {"PREFECT_API_SSL_CERT_FILE": str(one)} if asked == api and one.is_file() else {}


def _keep_one_certificate(settings: Settings) -> None:
    first, end, _ = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----")
    _one_certificate(settings).write_text(f"{first}{end}\n", "utf-8")


def _one_certificate(settings: Settings) -> Path:
    return settings.state / "prefect" / "one-certificate.pem"


def wait_for_server(
    child: Child, settings: Settings, *, on_wait: Callable[[], None] = lambda: None
) -> None:
    """Return once it answers; raise Failure if it dies or takes too long."""
    wait_until_up(child, health_url(settings), seconds=START_SECONDS, on_wait=on_wait)


def health_url(settings: Settings) -> str:
    """Answered once the server's database is ready; its other pages are there before."""
    return f"http://{HOST}:{settings.prefect_port}/api/health"


def refuse_known_holes(found: str) -> None:
    """Below 3.6.22 paths that end in `health` skip the password, and a socket needs none."""
    numbers = tuple(int(part) for part in found.split(".")[:3] if part.isdigit())
    if numbers < OLDEST_SAFE:
        raise Failure(
            f"Prefect {found} has known security holes; install 3.6.22 or later "
            "(pip install -r requirements.txt).",
            WORLD,
        )
