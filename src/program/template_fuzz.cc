#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "program/template.h"

/// A template of HTML into which a hostile text is inserted: it must not bring a tag with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace attune;
    using namespace attune::program;
    const std::string text(reinterpret_cast<const char*>(data), size);  // NOLINT: fuzzer's bytes
    feel::Scope scope;
    scope.declare("x", feel::Type::Kind::String, 0);
    for (const Target target : {Target::PlainText, Target::Html, Target::Header, Target::Url}) {
        Diagnostics diagnostics;
        const auto compiled = Template::compile({text, {}}, target, scope, diagnostics);
        ATTUNE_ASSERT(compiled.has_value() == diagnostics.ok());
        if (!compiled) {
            continue;
        }
        Arena arena;
        const Value slots[1] = {Value::string("<b>\"'&javascript:\r\n")};
        feel::Evaluation evaluation(arena, slots);
        std::string out;
        compiled->render(evaluation, out);
        if (target == Target::Html && text.find("<b>") == std::string::npos) {
            ATTUNE_ASSERT(
                out.find("<b>") == std::string::npos || text.find('<') != std::string::npos
            );
        }
    }
    return 0;
}
