//! How Nova names its faults: `{"badRequest": {"code": 400, "message": …}}`.

/// The member that wraps a fault of this status. Statuses without a name of their own are
/// `computeFault`; 406 is one of them. Source: the Compute API guide, "Faults", and answers of a real Nova.
pub const fn fault_name(status: u16) -> &'static str {
    match status {
        400 => "badRequest",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "itemNotFound",
        405 => "badMethod",
        409 => "conflictingRequest",
        413 | 429 => "overLimit",
        415 => "badMediaType",
        501 => "notImplemented",
        503 => "serviceUnavailable",
        _ => "computeFault",
    }
}
