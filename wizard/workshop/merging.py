"""What a service becomes by an update: by a field mask, or as a whole."""

from __future__ import annotations

from google.protobuf import field_mask_pb2

from wizard.workshop.api_error import Violation, violated
from wizard.workshop.messages import ServiceMessage, copied

OUTPUT_ONLY = (
    "uid", "generation", "create_time", "update_time", "delete_time", "expire_time", "creator", "last_modifier",
    "observed_generation", "terminal_condition", "conditions", "latest_ready_revision", "latest_created_revision",
    "traffic_statuses", "uri", "urls", "satisfies_pzs", "threat_detection_enabled", "reconciling",
)  # fmt: skip
"""Fields of a service that only the server writes."""


def merged(current: ServiceMessage, given: ServiceMessage, mask: list[str]) -> ServiceMessage:
    """The service as the update wants it. Without a mask the request is the whole new state."""
    if mask and mask != ["*"]:
        changed = copied(current)
        for path in mask:
            if path.split(".")[0] in OUTPUT_ONLY:
                raise violated("UpdateServiceRequest", [Violation("update_mask", f"field '{path}' is output only")])
            if not field_mask_pb2.FieldMask(paths=[path]).IsValidForDescriptor(given.DESCRIPTOR):
                raise violated("UpdateServiceRequest", [Violation("update_mask", f"'{path}' is no field of a service")])
        field_mask_pb2.FieldMask(paths=mask).MergeMessage(
            given, changed, replace_message_field=True, replace_repeated_field=True
        )
        changed.name = current.name
        return changed
    whole = copied(given)
    kept = copied(current)
    for field in (*OUTPUT_ONLY, "etag"):
        whole.ClearField(field)
    for descriptor, _ in kept.ListFields():
        if descriptor.name not in OUTPUT_ONLY and descriptor.name != "etag":
            kept.ClearField(descriptor.name)
    whole.MergeFrom(kept)
    return whole
