// The page's style and script, from html_style.css and html_script.js when this is built.
#pragma once

#include <string_view>

namespace loopscope::report {

struct HtmlAsset {
  std::string_view text;
  std::string_view sha256;  // of the text, in hex: what the page's content security policy lets in
};

extern const HtmlAsset kHtmlStyle;
extern const HtmlAsset kHtmlScript;

}  // namespace loopscope::report
