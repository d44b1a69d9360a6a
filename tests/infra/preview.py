"""Run the whole program under Pulumi's mocks and print every object it would make.

Reads a JSON list of stacks, `{"stack": …, "config": {…}, "secret": [keys]}`, from
standard input; writes a JSON list of `{"objects": [{"type", "name", "inputs", …}],
"components": [{"type", "name", …}]}`, with an `error` where the program stopped. Each
also has its `urn`, `parent` and `dependencies`. A secret input appears as `{"secret":
value}`; of a definition (CRD), only the metadata is recorded.
It is a separate program because Pulumi leaves event loops open.
"""

import asyncio
import contextvars
import json
import runpy
import sys
from pathlib import Path
from typing import Any, NoReturn

import pulumi
from google.protobuf.json_format import (  # type: ignore[import-untyped]  # no stubs
    MessageToDict,
)
from pulumi.runtime import mocks, rpc, set_all_config
from pulumi.runtime.stack import run_pulumi_func

PROGRAM = Path(__file__).parents[2] / "platform" / "__main__.py"


class Cluster(mocks.Mocks):
    """Responds like a cluster: an object without a name gets a generated one."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        state = dict(args.inputs)
        metadata = dict(state.get("metadata") or {})
        state["metadata"] = {"name": f"{args.name}-generated", **metadata}
        return args.name, state

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        raise NotImplementedError(args.token)


class Recorder(mocks.MockMonitor):
    """Records requests to the engine unchanged: secrets are still marked."""

    def __init__(self) -> None:
        super().__init__(Cluster())
        self.objects: list[dict[str, Any]] = []
        self.components: list[dict[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 Pulumi's name
        answer = super().RegisterResource(request)
        made = {
            "type": request.type.rpartition(":")[2],
            "name": request.name,
            "urn": answer.urn,
            "parent": request.parent,
            "dependencies": list(request.dependencies),
        }
        if request.type.startswith("kubernetes:"):
            self.objects.append(made | {"inputs": told_of(request)})
        else:
            self.components.append(made)
        return answer

    def told(self) -> dict[str, Any]:
        """Every registered object."""
        return {"objects": self.objects, "components": self.components}


def told_of(request: Any) -> Any:
    """Return an object's inputs, secrets revealed; of a definition the metadata."""
    if request.type.endswith(":CustomResourceDefinition"):
        fields = request.object.fields
        head = {key: fields[key] for key in ("apiVersion", "kind", "metadata")}
        return {key: MessageToDict(value) for key, value in head.items()}
    return reveal(MessageToDict(request.object))


def reveal(value: Any) -> Any:
    """Turn Pulumi's secret envelopes into `{"secret": value}`."""
    if isinstance(value, list):
        return [reveal(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(rpc._special_sig_key) == rpc._special_secret_sig:  # noqa: SLF001
        return {"secret": value["value"]}
    return {key: reveal(item) for key, item in value.items()}


def preview(stack: dict[str, Any]) -> dict[str, Any]:
    """Return the objects of one stack, or the one-line error that stopped it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    recorder = Recorder()
    set_all_config(stack["config"], stack["secret"])
    mocks.set_mocks(
        Cluster(), "holdfast", stack["stack"], preview=False, monitor=recorder
    )

    async def run_program() -> None:
        await run_pulumi_func(_run_file)

    try:
        loop.run_until_complete(run_program())
    except pulumi.RunError as stopped:
        return {"error": str(stopped), **recorder.told()}
    return recorder.told()


def _run_file() -> None:
    runpy.run_path(str(PROGRAM), run_name="__main__")


if __name__ == "__main__":
    stacks = json.load(sys.stdin)
    previews = [contextvars.Context().run(preview, stack) for stack in stacks]
    json.dump(previews, sys.stdout)
