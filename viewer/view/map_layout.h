// Where things are on the map: groups are boxes that stand from left to right by how deep their places are in the tree
// of creations, and within a box so do its places. No two boxes and no two circles touch, and the same map is always
// laid out in the same way. Called by site_map(). Pure.
#pragma once

#include "viewer/view/site_map.h"

namespace loopscope::view {

// Fills places and labels of the nodes and the sides of the groups, and scales the radii, all within a width of 1 and a
// height of SiteMap::kHeight.
// Precondition: every node's group is there; depths and radii are filled.
void lay_out(SiteMap& map);

}  // namespace loopscope::view
