#include "api/http/static_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "api/http/compression.h"
#include "api/http/test_server.h"

namespace attune::api::http {
namespace {

namespace fs = std::filesystem;
using testing::ReceivedResponse;
using testing::TestClient;
using testing::TestServer;

std::string get(const std::string& path, const std::string& fields = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

StaticFiles page() {
    return StaticFiles::from_memory(
        {{"index.html", "<!doctype html>" + std::string(2000, ' ')},
         {"js/shop.js", "let a;"},
         {"logo.png", "\x89PNG"}}
    );
}

TEST(StaticFiles, AnswerWithTypePolicyAndTag) {
    const TestServer server([](Router& router) { page().add_to(router, "/"); });
    TestClient client = server.connect();
    const ReceivedResponse index = client.ask(get("/"));
    EXPECT_EQ(index.status, 200);
    EXPECT_EQ(index.headers.at("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(index.headers.at("content-security-policy"), std::string(kPagePolicy));
    EXPECT_EQ(client.ask(get("/index.html")).body, index.body);
    EXPECT_EQ(client.ask(get("/logo.png")).headers.at("content-type"), "image/png");
    EXPECT_EQ(client.ask(get("/js/shop.js")).body, "let a;");
    const std::string tag = "If-None-Match: W/" + index.headers.at("etag") + "\r\n";
    const ReceivedResponse unchanged = client.ask(get("/", tag));
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.headers.at("etag"), index.headers.at("etag"));
    EXPECT_EQ(client.ask(get("/", "If-None-Match: \"other\"\r\n")).status, 200);
}

TEST(StaticFiles, AreCompressedOnce) {
    const TestServer server([](Router& router) { page().add_to(router, "/shop/"); });
    TestClient client = server.connect();
    const ReceivedResponse index = client.ask(get("/shop/", "Accept-Encoding: gzip\r\n"));
    EXPECT_EQ(index.headers.at("content-encoding"), "gzip");
    std::string text;
    Compression compression;
    ASSERT_FALSE(compression.inflate(index.body, {100'000, 1000}, text).has_value());
    EXPECT_EQ(text, client.ask(get("/shop/")).body);
}

TEST(StaticFiles, GiveNothingOutsideTheirFolder) {
    const fs::path root = fs::path(::testing::TempDir()) / "attune_static_files";
    fs::remove_all(root);
    fs::create_directories(root / "web" / "css");
    std::ofstream(root / "secret.txt") << "secret";
    std::ofstream(root / "web" / "index.html") << "<p>";
    std::ofstream(root / "web" / "css" / "a b.css") << "p {}";
    fs::create_symlink(root / "secret.txt", root / "web" / "link.txt");
    const auto files = StaticFiles::from_folder((root / "web").string());
    ASSERT_TRUE(files.ok());
    const TestServer server([&](Router& router) { files.value().add_to(router, "/"); });
    TestClient client = server.connect();
    EXPECT_EQ(client.ask(get("/")).body, "<p>");
    EXPECT_EQ(client.ask(get("/css/a%20b.css")).body, "p {}");
    for (const std::string path :
         {"/../secret.txt",
          "/css/../../secret.txt",
          "/%2e%2e/secret.txt",
          "/..%2fsecret.txt",
          "//secret.txt",
          "/link.txt",
          "/css",
          "/css/"}) {
        EXPECT_EQ(client.ask(get(path)).status, 404) << path;
    }
    fs::remove_all(root);
}

TEST(StaticFiles, SayWhenThereIsNoFolder) {
    const auto files = StaticFiles::from_folder("/nowhere/at/all");
    ASSERT_FALSE(files.ok());
    EXPECT_EQ(files.error().kind, Error::Kind::NotFound);
    EXPECT_EQ(
        files.error().message, "cannot serve files from \"/nowhere/at/all\": it is not a folder"
    );
}

}  // namespace
}  // namespace attune::api::http
