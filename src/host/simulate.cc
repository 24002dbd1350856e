#include "host/simulate.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "value/json_writer.h"

namespace attune::host {
namespace {

// Habits of visitors. Together they make sessions of about ten calls, of which one in three fills a
// cart and more than half of those are left, as in the shops of published studies.
constexpr double kSearches = 0.15;
constexpr double kAdds = 0.14;
constexpr double kBuys = 0.42;
constexpr double kLogsInAtOnce = 0.25;
constexpr double kStaysInCategory = 0.75;
constexpr double kConsents = 0.7;
constexpr std::uint32_t kViewsMax = 12;
constexpr double kCallsPerSession = 10.2;  // measured over 100,000 sessions with these habits
constexpr double kThinkMs = 25'000;
constexpr std::size_t kRepeatDistanceMax = 10;
constexpr std::uint32_t kAssuredVisitors = 5;

constexpr std::array<std::string_view, 5> kQueryWords{"red", "new", "large", "light", "warm"};

/// Drawn from the person, not from the session: nobody changes their mind here.
bool consents(std::uint32_t customer) {
    return Random(customer + 1'000'003ULL).chance(kConsents);
}

std::string cart_json(const std::vector<std::string>& lines) {
    return fmt::format("[{}]", fmt::join(lines, ","));
}

}  // namespace

Shop::Shop(ShopOptions options)
    : options_(options),
      random_(options.seed),
      catalogue_(options.products, random_),
      visitors_(options.customers),
      logged_in_(options.customers),
      next_arrival_(options.start) {
    ATTUNE_ASSERT(options.events_per_second > 0 && options.haste > 0);
    // Two runs into one server must not look like repeats of each other, unless they are.
    Random prefix(options.seed ^ static_cast<std::uint64_t>(options.start.ms()));
    id_prefix_ = fmt::format("{:08x}", prefix.next() >> 32);
    if (options.busy) {
        fill();
    }
}

void Shop::fill() {
    const auto enter = [this](Session session, Timestamp at) {
        turns_.push({at, sessions_begin_ + sessions_.size()});
        sessions_.emplace_back(std::move(session));
        ++counts_.sessions;
    };
    // Those who come most rarely: no other visit of theirs pays for the cart.
    std::uint32_t customer = options_.customers;
    for (std::uint32_t i = 0; i < kAssuredVisitors && customer > 0;) {
        if (consents(--customer)) {
            Session session;
            session.customer = customer;
            session.category = customer % catalogue_.categories();
            session.views_left = 1;
            session.assured = true;
            enter(std::move(session), options_.start);
            ++i;
        }
    }
    const double think_seconds = kThinkMs / options_.haste / 1'000;
    const double share = (kCallsPerSession - 1) / kCallsPerSession;
    const auto there =
        static_cast<std::uint64_t>(options_.events_per_second * think_seconds * share);
    for (std::uint64_t i = 0; i < there; ++i) {
        Session session;
        session.customer = visitors_.draw(random_);
        session.category = session.customer % catalogue_.categories();
        session.step = Step::View;
        // Long visits are met more often than short ones, and somewhere in their course.
        const std::uint32_t views =
            1 + std::max(random_.below(kViewsMax), random_.below(kViewsMax));
        session.views_left = 1 + random_.below(views);
        // What is left of a pause that is met while it lasts: the lesser of two draws from uniform.
        const Duration left = std::min(think(Step::View), think(Step::View));
        enter(std::move(session), options_.start + left);
    }
}

std::optional<Call> Shop::next() {
    while (turns_.empty() || next_arrival_ <= turns_.top().at) {
        admit_visitor();
    }
    const Turn turn = turns_.top();
    turns_.pop();
    Session& session = session_of(turn);
    ++counts_.calls;
    const bool surely = session.assured && counts_.duplicates == 0;
    if (!session.sent.empty() && (random_.chance(options_.duplicates) || surely)) {
        ++counts_.duplicates;
        turns_.push(turn);
        return Call{turn.at, pick(session.sent, random_)};
    }
    std::string json = act(session, turn.at);
    keep_for_repeats(session, json);
    session.step = step_after(session);
    if (session.step == Step::Leave) {
        end_session(turn);
    } else {
        const Duration pause = think(session.step);
        turns_.push({turn.at + (session.assured ? pause / 3 : pause), turn.session});
    }
    return Call{turn.at, std::move(json)};
}

void Shop::admit_visitor() {
    const std::uint64_t number = sessions_begin_ + sessions_.size();
    Session session;
    session.customer = visitors_.draw(random_);
    // A customer's taste stays; a few sessions are for something else.
    session.category = random_.chance(kStaysInCategory) ? session.customer % catalogue_.categories()
                                                        : random_.below(catalogue_.categories());
    session.views_left = 1 + random_.below(kViewsMax);
    sessions_.emplace_back(std::move(session));
    turns_.push({next_arrival_, number});
    ++counts_.sessions;
    next_arrival_ =
        next_arrival_ + spread_around(1000 * kCallsPerSession / options_.events_per_second);
}

Shop::Session& Shop::session_of(const Turn& turn) {
    return *sessions_[static_cast<std::size_t>(turn.session - sessions_begin_)];
}

std::string Shop::act(Session& session, Timestamp at) {
    const std::string message_id = fmt::format("{}-{:09}", id_prefix_, ++messages_);
    const std::string user_id = fmt::format("u{:06}", session.customer);
    const std::string anonymous_id = fmt::format("a{:06}", session.customer);
    const bool known = logged_in_[session.customer] || session.step == Step::LogIn;
    const CallHead head{
        .message_id = message_id,
        .identity =
            {.user_id = known ? std::string_view(user_id) : std::string_view(),
             .anonymous_id = anonymous_id},
        .at = at,
    };
    switch (session.step) {
    case Step::Enter:
    case Step::Leave:
        return page_call(head, "Home");
    case Step::LogIn:
        return log_in(session, head);
    case Step::Search: {
        std::string properties_json;
        json::ObjectWriter properties(properties_json);
        const std::string_view word = pick(kQueryWords, random_);
        properties.text(
            "query", fmt::format("{} {}", word, catalogue_.category_name(session.category))
        );
        properties.close();
        return track_call(head, "Products Searched", properties_json);
    }
    case Step::View:
        return view(session, head);
    case Step::Add:
        return add_to_cart(session, head);
    case Step::Checkout:
        return check_out(session, head, false);
    case Step::Order:
        std::string json = check_out(session, head, true);
        session.cart.clear();
        return json;
    }
    ATTUNE_ASSERT(false);
    return {};
}

std::string Shop::log_in(const Session& session, const CallHead& head) {
    const Person who = person(session.customer);
    logged_in_[session.customer] = true;
    ++counts_.logins;
    std::string consent_json;
    json::ObjectWriter consent(consent_json);
    consent.raw("marketing", consents(session.customer) ? "true" : "false");
    consent.close();
    std::string traits_json;
    json::ObjectWriter traits(traits_json);
    traits.text("email", who.email);
    traits.text("first_name", who.first_name);
    traits.text("last_name", who.last_name);
    traits.text("city", who.city);
    traits.raw("consent", consent_json);
    traits.close();
    return identify_call(head, traits_json);
}

std::string Shop::view(Session& session, const CallHead& head) {
    --session.views_left;
    session.viewed = random_.chance(kStaysInCategory)
                         ? &catalogue_.draw_from(session.category, random_)
                         : &catalogue_.draw(random_);
    const bool mistaken = session.assured && counts_.mistakes == 0;
    return track_call(head, "Product Viewed", product_properties(*session.viewed, 0, mistaken));
}

std::string Shop::add_to_cart(Session& session, const CallHead& head) {
    const std::uint32_t quantity = 1 + (random_.chance(0.2) ? 1 : 0);
    session.cart.push_back({session.viewed, quantity});
    return track_call(head, "Product Added", product_properties(*session.viewed, quantity, false));
}

std::string Shop::check_out(const Session& session, const CallHead& head, bool paid) {
    std::int64_t total_cents = 0;
    std::vector<std::string> lines;
    for (const CartLine& line : session.cart) {
        total_cents += line.product->price_cents * line.quantity;
        std::string object_json;
        json::ObjectWriter object(object_json);
        object.text("product_id", line.product->id);
        object.text("category", line.product->category);
        object.raw("price", amount_json(line.product->price_cents));
        object.number("quantity", line.quantity);
        object.close();
        lines.push_back(object_json);
    }
    std::string properties_json;
    json::ObjectWriter properties(properties_json);
    properties.text("order_id", fmt::format("{}-o{:07}", id_prefix_, orders_ + 1));
    properties.raw("total", amount_json(total_cents));
    properties.text("currency", "EUR");
    properties.raw("products", cart_json(lines));
    if (paid) {
        ++orders_;
        ++counts_.orders;
    }
    properties.close();
    return track_call(head, paid ? "Order Completed" : "Checkout Started", properties_json);
}

std::string Shop::product_properties(
    const Product& product, std::uint32_t quantity, bool surely_mistaken
) {
    std::string properties_json;
    json::ObjectWriter properties(properties_json);
    properties.text("product_id", product.id);
    properties.text("name", product.name);
    properties.text("category", product.category);
    properties.text("brand", product.brand);
    const bool mistaken = random_.chance(options_.mistakes) || surely_mistaken;
    if (!mistaken) {
        properties.raw("price", amount_json(product.price_cents));
    } else {
        ++counts_.mistakes;
        // Half of the mistakes are a price with a comma in it, half are no price at all.
        if (random_.chance(0.5)) {
            properties.text("price", fmt::format("{},90", product.price_cents / 100));
        }
    }
    if (quantity > 0) {
        properties.number("quantity", quantity);
    }
    properties.text("currency", "EUR");
    properties.close();
    return properties_json;
}

Shop::Step Shop::assured_step_after(Step step, bool known) {
    switch (step) {
    case Step::Enter:
        return known ? Step::View : Step::LogIn;
    case Step::LogIn:
        return Step::View;
    case Step::View:
        return Step::Add;
    default:
        return Step::Leave;
    }
}

Shop::Step Shop::step_after(const Session& session) {
    const bool known = logged_in_[session.customer];
    if (session.assured) {
        return assured_step_after(session.step, known);
    }
    switch (session.step) {
    case Step::Enter:
        if (!known && random_.chance(kLogsInAtOnce)) {
            return Step::LogIn;
        }
        return random_.chance(kSearches) ? Step::Search : Step::View;
    case Step::View:
        if (random_.chance(kAdds)) {
            return Step::Add;
        }
        [[fallthrough]];
    case Step::Add:
        if (session.views_left > 0) {
            return random_.chance(kSearches) ? Step::Search : Step::View;
        }
        if (session.cart.empty() || !random_.chance(kBuys)) {
            return Step::Leave;
        }
        return known ? Step::Checkout : Step::LogIn;
    case Step::LogIn:
        return session.cart.empty() ? Step::View : Step::Checkout;
    case Step::Search:
        return Step::View;
    case Step::Checkout:
        return Step::Order;
    case Step::Order:
    case Step::Leave:
        return Step::Leave;
    }
    return Step::Leave;
}

Duration Shop::think(Step upcoming) {
    // Clicks that need no thought follow sooner than a look at the next product.
    const bool quick = upcoming == Step::Checkout || upcoming == Step::LogIn;
    return spread_around((quick ? kThinkMs / 3 : kThinkMs) / options_.haste);
}

Duration Shop::spread_around(double mean_ms) {
    // Uniform, not exponential: std::log may differ in the last bit between machines.
    return Duration(static_cast<std::int64_t>(2 * mean_ms * random_.unit()));
}

void Shop::keep_for_repeats(Session& session, std::string json) {
    session.sent.push_back(std::move(json));
    if (session.sent.size() > kRepeatDistanceMax) {
        session.sent.pop_front();
    }
}

void Shop::end_session(const Turn& turn) {
    Session& session = session_of(turn);
    counts_.carts_abandoned += session.cart.empty() ? 0 : 1;
    sessions_[static_cast<std::size_t>(turn.session - sessions_begin_)].reset();
    while (!sessions_.empty() && !sessions_.front()) {
        sessions_.pop_front();
        ++sessions_begin_;
    }
}

}  // namespace attune::host
