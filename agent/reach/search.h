// Which suspended coroutines something still refers to: marks, from everything that is certainly in use, whatever words
// could be pointers lead to, as a conservative garbage collector does. In the child of a check, whose memory is a copy of
// the program's and stands still. Never returns an opinion it does not have: what cannot be looked at ends the search.
#pragma once

#include "agent/reach/case.h"
#include "agent/reach/regions.h"

namespace loopscope::reach {

// `original`: the program's regions when the copy was made. Fills in the verdict, all but `done`.
void search(Case& of, const Regions& original);

}  // namespace loopscope::reach
