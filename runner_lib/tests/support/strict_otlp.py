"""Reads lines of a run log as OpenTelemetry's own protobuf classes do: whatever they do not know is an error."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, TypeAlias

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

Data: TypeAlias = "LogsData | TracesData"
_IDS = ("traceId", "spanId", "parentSpanId")


def parse_strictly(line: bytes | str) -> Data:
    """One line as its protobuf message.

    Raises:
        json_format.ParseError: it is no OTLP.
    """
    data = _with_base64_ids(json.loads(line))
    message: Data = LogsData() if "resourceLogs" in data else TracesData()
    json_format.ParseDict(data, message)
    # What cannot be encoded, such as half of a surrogate pair, is found here at the latest.
    message.SerializeToString()
    return message


def parse_file_strictly(path: Path) -> list[Data]:
    """Every line of a run log as its protobuf message."""
    return [parse_strictly(line) for line in path.read_bytes().splitlines()]


def _with_base64_ids(value: Any) -> Any:
    """OTLP's JSON has three ids in hexadecimal where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [_with_base64_ids(item) for item in value]
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode() if key in _IDS else _with_base64_ids(item)
            for key, item in value.items()
        }
    return value
