// What co_await is given to say in words what is waited for.
#pragma once

namespace loopscope::coroutines {

// Lives as long as the co_await it stands in.
template <class Awaitable>
struct NamedWait {
  Awaitable&& awaitable;
  const char* name;
};

}  // namespace loopscope::coroutines
