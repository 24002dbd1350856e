#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "api/access/user_token.h"
#include "api/http/tls_certificates.h"
#include "base/clock.h"
#include "files/posix.h"
#include "host/command_line.h"
#include "host/commands.h"

// `attune keys`: what two ends need to trust each other.

namespace attune::host {

namespace {

using api::access::SigningKey;
using api::http::CertificateSubject;
using api::http::TlsIdentity;

constexpr const char* kExamples = R"(Examples:
  attune keys certificates                        for localhost, 127.0.0.1 and ::1, into ./certificates
  attune keys certificates --out tls shop.test    for a name of one's own
  attune serve shop --data data --open --tls-certificate certificates/server.pem --tls-key certificates/server.key
  curl --cacert certificates/authority.pem https://localhost:8080/readyz

  attune keys users --out users.key               a key that signs users' tokens, and users.key.jwks for attune serve
  attune keys token ada --key users.key --for 1h  a token of the user "ada", for a shop's page

certificates makes, where they are missing, authority.pem with its key; and anew server.pem and client.pem with their keys, which
the authority vouches for. For development: a public server gets its certificate from a public authority.
Exit codes: 0 made; 1 a file could not be read or written; 2 wrong usage.)";

constexpr int kAuthorityDays = 3'650;
constexpr std::uint64_t kPemBytesMax = 64U << 10U;

Error cannot_write(const std::string& path) {
    return {
        Error::Kind::Unavailable,
        "cannot write \"" + path + "\": " + std::generic_category().message(errno)};
}

/// Writes a file that only its owner may read, replacing it in one step.
Status write_private(const std::string& path, const std::string& text) {
    const std::string fresh = path + ".new";
    (void)::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return cannot_write(fresh);
    }
    const ssize_t written = ::write(file, text.data(), text.size());
    const bool closed = ::close(file) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !closed ||
        ::rename(fresh.c_str(), path.c_str()) != 0) {
        return cannot_write(path);
    }
    return Done{};
}

Status write_identity(const std::string& stem, const TlsIdentity& identity) {
    if (Status written = write_private(stem + ".key", identity.key); !written) {
        return written;
    }
    return files::replace_file(files::posix(), stem + ".pem", identity.certificate);
}

/// The folder's authority, made where there is none.
Result<TlsIdentity> authority_in(const std::string& folder) {
    const std::string stem = folder + "/authority";
    if (::access((stem + ".pem").c_str(), F_OK) == 0) {
        Result<std::string> certificate =
            files::read_file(files::posix(), stem + ".pem", kPemBytesMax);
        Result<std::string> key = files::read_file(files::posix(), stem + ".key", kPemBytesMax);
        if (!certificate || !key) {
            return certificate ? key.error() : certificate.error();
        }
        return TlsIdentity{std::move(certificate).value(), std::move(key).value()};
    }
    Result<TlsIdentity> made =
        api::http::make_authority("Attune development authority", kAuthorityDays);
    if (made) {
        if (const Status written = write_identity(stem, made.value()); !written) {
            return written.error();
        }
    }
    return made;
}

Status make_certificates(
    const std::string& folder, const std::vector<std::string>& names, int days
) {
    if (Status made = files::posix().create_directory(folder); !made) {
        return made;
    }
    const Result<TlsIdentity> authority = authority_in(folder);
    if (!authority) {
        return authority.error();
    }
    const CertificateSubject server{
        .common_name = names.front(), .names = names, .server = true, .days = days};
    const CertificateSubject client{
        .common_name = "Attune client", .names = {}, .server = false, .days = days};
    for (const auto& [stem, subject] : {std::pair("/server", &server), {"/client", &client}}) {
        const Result<TlsIdentity> identity =
            api::http::make_certificate(authority.value(), *subject);
        if (!identity) {
            return identity.error();
        }
        if (Status written = write_identity(folder + stem, identity.value()); !written) {
            return written;
        }
    }
    return Done{};
}

/// `attune keys certificates`
class Certificates {
public:
    explicit Certificates(CLI::App& app)
        : words_(app.add_subcommand("certificates", "An authority, and what it vouches for")) {
        words_->add_option("NAMES", names_, "Host names and IP addresses of the server")
            ->capture_default_str();
        words_->add_option("--out", folder_, "Where to put them")->capture_default_str();
        words_->add_option("--days", days_, "How long they are good")
            ->check(CLI::Range(1, kAuthorityDays))
            ->capture_default_str();
    }

    [[nodiscard]] bool asked() const { return words_->parsed(); }

    [[nodiscard]] Status run() const {
        if (Status made = make_certificates(folder_, names_, days_); !made) {
            return made;
        }
        fmt::print(
            "{0}/authority.pem  who vouches: give it to clients\n"
            "{0}/server.pem     and server.key: for attune serve, good {1} days\n"
            "{0}/client.pem     and client.key: where attune serve has --tls-client-authority\n",
            folder_,
            days_
        );
        return Done{};
    }

private:
    CLI::App* words_;
    std::vector<std::string> names_{"localhost", "127.0.0.1", "::1"};
    std::string folder_ = "certificates";
    int days_ = 90;
};

/// `attune keys users`
class UserKeys {
public:
    explicit UserKeys(CLI::App& app)
        : words_(app.add_subcommand("users", "A key that signs users' tokens")) {
        words_->add_option("--out", path_, "The private key; must not exist")
            ->capture_default_str();
    }

    [[nodiscard]] bool asked() const { return words_->parsed(); }

    [[nodiscard]] Status run() const {
        if (::access(path_.c_str(), F_OK) == 0) {
            return Error{
                Error::Kind::Conflict,
                "cannot make a key in \"" + path_ +
                    "\": the file exists, and tokens may be signed "
                    "with it"};
        }
        const Result<SigningKey> key = SigningKey::make();
        if (!key) {
            return key.error();
        }
        if (Status written = write_private(path_, key.value().to_pem()); !written) {
            return written;
        }
        // Not secret, but attune serve takes it as it takes keys: a file of its owner alone.
        const std::string set = path_ + ".jwks";
        if (Status written = write_private(set, api::access::jwk_set_of(key.value())); !written) {
            return written;
        }
        fmt::print(
            "{0}       signs tokens: keep it in the shop\n{0}.jwks  for attune serve --user-keys "
            "file:{0}.jwks\n",
            path_
        );
        return Done{};
    }

private:
    CLI::App* words_;
    std::string path_ = "users.key";
};

/// `attune keys token`
class UserToken {
public:
    explicit UserToken(CLI::App& app)
        : words_(app.add_subcommand("token", "A token that lets a user ask for themself")) {
        words_->add_option("USER", user_, "The userId")->required();
        words_->add_option("--key", path_, "What attune keys users made")->capture_default_str();
        words_->add_option("--for", life_, "How long it is good: 30m, 12h")->capture_default_str();
    }

    [[nodiscard]] bool asked() const { return words_->parsed(); }

    [[nodiscard]] Status run() const {
        const std::optional<Duration> life = parse_duration(life_);
        if (!life || life->count() <= 0) {
            return Error{
                Error::Kind::InvalidInput, "--for must be like 30m or 12h, got \"" + life_ + "\""};
        }
        const Result<std::string> pem = files::read_file(files::posix(), path_, kPemBytesMax);
        if (!pem) {
            return pem.error();
        }
        const Result<SigningKey> key = SigningKey::from_pem(pem.value());
        if (!key) {
            return key.error();
        }
        const Timestamp now = SystemClock().now();
        fmt::print("{}\n", api::access::make_user_token(key.value(), user_, now, *life));
        return Done{};
    }

private:
    CLI::App* words_;
    std::string user_;
    std::string path_ = "users.key";
    std::string life_ = "1h";
};

}  // namespace

int run_keys(std::span<const std::string> args) {
    CLI::App app("Makes certificates, and users' keys and tokens", "attune keys");
    app.require_subcommand(1);
    const Certificates certificates(app);
    const UserKeys users(app);
    const UserToken token(app);
    app.footer(kExamples);
    if (const auto code = parse(app, args)) {
        return *code;
    }
    const Status done = certificates.asked() ? certificates.run()
                        : users.asked()      ? users.run()
                                             : token.run();
    return done ? kDone : fail("attune keys", done.error().message);
}

}  // namespace attune::host
