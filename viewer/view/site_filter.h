// Which sites match the words of the filter and the selection: others are drawn faintly. ImGui-free.
#pragma once

#include <string_view>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/workspace.h"

namespace loopscope::view {

// Every word has to be somewhere in kind, name, function or file, whatever its case; "key=value" matches the sites of
// tasks with that label.
bool site_matches(const model::Trace& trace, model::SiteIndex site, std::string_view words);

// By site: whether it is to be faint. Empty if all are as bright.
std::vector<bool> dim_sites(const Workspace& workspace);

}  // namespace loopscope::view
