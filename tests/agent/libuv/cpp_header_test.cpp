// loopscope.hpp: lifetimes in C++ become events.
#include <loopscope/loopscope.hpp>

#include <utility>

#include "tests/agent/libuv/recording.h"

namespace {

using namespace loopscope;

TEST(CppTask, IsFinishedOnceAndSaysHow) {
  Recording recording;
  static const Site site("unit");
  Task finished(site);
  finished.finish();
  finished.finish();
  Task failed(site);
  failed.fail(-5, "EIO");
  Task cancelled(site);
  cancelled.cancel();
  EXPECT_EQ(recording.created("unit"), 3);
  EXPECT_EQ(recording.finished("unit"), 3);
  EXPECT_EQ(recording.finished("unit", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.finished("unit", LOOPSCOPE_OUTCOME_ERROR), 1);
  EXPECT_EQ(recording.finished("unit", LOOPSCOPE_OUTCOME_CANCELLED), 1);
}

TEST(CppTask, IsAbandonedWhenDestroyedUnfinished) {
  Recording recording;
  static const Site site("unit");
  {
    Task task(site);
    Task moved(std::move(task));
    Task assigned(site);
    assigned = std::move(moved);
  }
  EXPECT_EQ(recording.finished("unit", LOOPSCOPE_OUTCOME_ABANDONED), 2);
}

TEST(CppTask, ThatIsReleasedBelongsToSomebodyElse) {
  Recording recording;
  static const Site site("unit");
  loopscope_task id = 0;
  { id = Task(site).release(); }
  EXPECT_EQ(recording.finished("unit"), 0);
  loopscope_task_finished(id);
  EXPECT_EQ(recording.finished("unit"), 1);
}

TEST(CppSpan, EndsWithItsScopeAndMakesParents) {
  Recording recording;
  static const Site site("unit");
  Task parent(site);
  {
    Span span(parent);
    Task child(site);
    EXPECT_EQ(loopscope_current_task(), parent.id());
    child.finish();
  }
  EXPECT_EQ(loopscope_current_task(), 0u);
  EXPECT_EQ(fake::events()[2].parent, parent.id());
  parent.finish();
}

TEST(CppLoop, PollsWithWhatTheKernelReturned) {
  Recording recording;
  {
    Loop loop("own", "main");
    Loop::Poll poll(loop, Loop::kForEver);
    EXPECT_EQ(poll.returned(3), 3);
  }
  EXPECT_EQ(recording.first(fake::What::loop_created, "own").name, "main");
  EXPECT_EQ(recording.first(fake::What::poll_end, "loop").code, 3);
  EXPECT_EQ(recording.count(fake::What::loop_closed, "loop"), 1);
}

}  // namespace
