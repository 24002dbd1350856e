#pragma once

#include "api/router.h"
#include "api/services.h"

namespace attune::api {

/// Segment's ingest paths, `/v1/events` with results for each event, CloudEvents.
void add_ingest_routes(Router& router, const Services& services);
/// `POST /v1/decide`, `GET /v1/decisions/{id}`.
void add_decide_routes(Router& router, const Services& services);
/// `GET /v1/profiles/{id}`.
void add_profile_routes(Router& router, const Services& services);
/// `GET /v1/messages` and its stream.
void add_message_routes(Router& router, const Services& services);
/// `GET /v1/dead-letters`, `POST /v1/dead-letters/{id}/replay`, `DELETE /v1/dead-letters/{id}`.
void add_dead_letter_routes(Router& router, const Services& services);
/// Quarantine, programs, status, metrics and health.
void add_admin_routes(Router& router, const Services& services);

}  // namespace attune::api
