#include "viewer/view/site_filter.h"

#include <algorithm>
#include <string>

#include "viewer/detect/place.h"
#include "viewer/view/word_match.h"

namespace loopscope::view {
namespace {

// "key=value" out of a filter's words; key "" if there is none.
struct LabelWords {
  std::string_view key;
  std::string_view value;
};

LabelWords label_in(std::string_view words) {
  const std::size_t equal = words.find('=');
  if (equal == std::string_view::npos || equal == 0) return {};
  return {words.substr(0, equal), words.substr(equal + 1)};
}

bool is_labelled(const model::Label& label, const LabelWords& wanted) {
  return label.key == wanted.key && has_word(label.value, wanted.value);
}

}  // namespace

bool site_matches(const model::Trace& trace, model::SiteIndex index, std::string_view words) {
  if (index >= trace.sites.size()) return false;
  if (const LabelWords wanted = label_in(words); !wanted.key.empty()) {
    return std::any_of(trace.labels.begin(), trace.labels.end(), [&](const model::Label& label) {
      return label.task < trace.tasks.size() && trace.tasks.site(label.task) == index &&
             is_labelled(label, wanted);
    });
  }
  const model::Site& site = trace.sites[index];
  const model::Frame* const frame = detect::shown_frame(site);
  std::string text = site.kind + " " + site.name + " " + detect::place_text(site);
  if (frame != nullptr) text += " " + detect::function_text(*frame) + " " + frame->file;
  return has_all_words(text, words);
}

std::vector<bool> dim_sites(const Workspace& workspace) {
  std::vector<bool> dim;
  if (!workspace.loaded()) return dim;
  const model::Trace& trace = workspace.trace();
  const std::string& words = workspace.filter();
  const std::optional<model::SiteIndex>& selected = workspace.selection().site;
  if (words.empty() && !selected) return dim;
  dim.resize(trace.sites.size());
  const LabelWords wanted = label_in(words);
  if (!wanted.key.empty()) {
    // All labels once, not once a site.
    dim.assign(dim.size(), true);
    for (const model::Label& label : trace.labels) {
      if (label.task >= trace.tasks.size() || !is_labelled(label, wanted)) continue;
      const model::SiteIndex site = trace.tasks.site(label.task);
      if (site < dim.size()) dim[site] = false;
    }
  } else if (!words.empty()) {
    for (model::SiteIndex site = 0; site < dim.size(); ++site) dim[site] = !site_matches(trace, site, words);
  }
  if (selected) {
    for (model::SiteIndex site = 0; site < dim.size(); ++site) dim[site] = dim[site] || site != *selected;
  }
  return dim;
}

}  // namespace loopscope::view
