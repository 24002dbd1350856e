#pragma once

#include "api/router.h"
#include "api/services.h"
#include "runtime/work.h"

namespace attune::api {

/// Segment's ingest paths, `/v1/events` with results for each event, CloudEvents.
void add_ingest_routes(Router& router, const Services& services);
/// `POST /v1/decide`, `GET /v1/decisions/{id}`.
void add_decide_routes(Router& router, const Services& services);
/// `GET /v1/profiles/{id}`.
void add_profile_routes(Router& router, const Services& services);
/// `DELETE /v1/profiles/{id}`, `GET /v1/erasures/{id}`, `GET /v1/profiles/{id}/export`.
void add_erasure_routes(Router& router, const Services& services);
/// `GET /v1/messages` and its stream.
void add_message_routes(Router& router, const Services& services);
/// `GET /v1/dead-letters`, `POST /v1/dead-letters/{id}/replay`, `DELETE /v1/dead-letters/{id}`.
void add_dead_letter_routes(Router& router, const Services& services);
/// `GET /v1/merges`.
void add_merge_routes(Router& router, const Services& services);
/// Quarantine, programs, status, metrics and health.
void add_admin_routes(Router& router, const Services& services);

/// A customer's profile, as `GET /v1/profiles/{id}` answers it.
[[nodiscard]] std::string profile_json(const runtime::Seat& seat, engine::Place place);

}  // namespace attune::api
