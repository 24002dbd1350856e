#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/time.h"
#include "host/call_json.h"
#include "host/call_stream.h"
#include "host/random.h"
#include "host/shop_catalogue.h"

namespace attune::host {

/// A shop's traffic, made up. The same options give the same calls, to the byte.
struct ShopOptions {
    std::uint64_t seed = 1;
    std::uint32_t customers = 10'000;
    std::uint32_t products = 600;
    Timestamp start;                ///< When the first visitor comes.
    double events_per_second = 50;  ///< On average, in simulated time.
    double haste = 1;          ///< Visitors think and return this many times faster than people.
    double duplicates = 0.01;  ///< Share of calls sent a second time.
    double mistakes = 0.005;   ///< Share of calls that no schema should accept.
    /// The shop is full when the first call comes, so that the rate is reached at once; else the
    /// first visitor finds it empty. A few of those who come first log in, consent, fill a cart and
    /// leave it within seconds, and one call each is sent twice and is mistaken: what a demo must
    /// show has begun early, whatever the seed.
    bool busy = false;
};

/// What a shop has made so far: a demo or a test compares it with what the server says.
struct ShopCounts {
    std::uint64_t calls = 0;  ///< All, duplicates and mistakes included.
    std::uint64_t sessions = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t mistakes = 0;
    std::uint64_t carts_abandoned = 0;  ///< Sessions that ended with something in the cart.
    std::uint64_t orders = 0;
    std::uint64_t logins = 0;  ///< Visitors that were anonymous until then.
};

/// Visitors come, look, search, fill carts, and buy or leave; few of them often, most of them
/// rarely (Zipf), and so with products. A visitor is anonymous until the first log-in, which brings
/// e-mail, name and consent. Endless: the caller decides when it has enough.
class Shop final : public CallStream {
public:
    /// `products` and `customers` must be at least 8; `events_per_second` and `haste` above 0.
    explicit Shop(ShopOptions options);

    [[nodiscard]] std::optional<Call> next() override;
    [[nodiscard]] const ShopCounts& counts() const { return counts_; }

private:
    enum class Step : std::uint8_t { Enter, LogIn, Search, View, Add, Checkout, Order, Leave };

    struct CartLine {
        const Product* product;
        std::uint32_t quantity;
    };

    struct Session {
        std::uint32_t customer = 0;
        std::uint32_t category = 0;  ///< What the visitor came for.
        std::uint32_t views_left = 0;
        Step step = Step::Enter;
        bool assured = false;  ///< One of the first of a busy shop: logs in, fills a cart, leaves.
        const Product* viewed = nullptr;
        std::vector<CartLine> cart;
        std::deque<std::string> sent;  ///< The last calls, from which duplicates are taken.
    };

    /// When a session makes its next call; ties go to the session that began first.
    struct Turn {
        Timestamp at;
        std::uint64_t session;
        friend bool operator>(const Turn& left, const Turn& right) {
            return left.at != right.at ? left.at > right.at : left.session > right.session;
        }
    };

    void admit_visitor();
    void fill();
    [[nodiscard]] Session& session_of(const Turn& turn);
    [[nodiscard]] std::string act(Session& session, Timestamp at);
    [[nodiscard]] std::string log_in(const Session& session, const CallHead& head);
    [[nodiscard]] std::string view(Session& session, const CallHead& head);
    [[nodiscard]] std::string add_to_cart(Session& session, const CallHead& head);
    [[nodiscard]] std::string check_out(const Session& session, const CallHead& head, bool paid);
    [[nodiscard]] std::string product_properties(
        const Product& product, std::uint32_t quantity, bool surely_mistaken
    );
    [[nodiscard]] Step step_after(const Session& session);
    [[nodiscard]] static Step assured_step_after(Step step, bool known);
    [[nodiscard]] Duration think(Step upcoming);
    [[nodiscard]] Duration spread_around(double mean_ms);
    void keep_for_repeats(Session& session, std::string json);
    void end_session(const Turn& turn);

    ShopOptions options_;
    Random random_;
    ShopCatalogue catalogue_;
    Zipf visitors_;
    std::string id_prefix_;
    std::vector<bool> logged_in_;
    std::deque<std::optional<Session>> sessions_;  ///< Those from `sessions_begin_` on.
    std::uint64_t sessions_begin_ = 0;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
    Timestamp next_arrival_;
    std::uint64_t messages_ = 0;
    std::uint64_t orders_ = 0;
    ShopCounts counts_;
};

}  // namespace attune::host
