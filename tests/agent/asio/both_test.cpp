// Boost.Asio and Asio in one file: each brings the header, and neither is in the other's way.
#include <gtest/gtest.h>

#include <asio.hpp>
#include <boost/asio.hpp>

#include "tests/agent/libuv/recording.h"

TEST(BothAsios, AreRecordedSideBySide) {
  Recording recording;
  asio::io_context one;
  boost::asio::io_context other;
  for (int i = 0; i < 7; ++i) asio::post(one, [] {});
  for (int i = 0; i < 11; ++i) boost::asio::post(other, [] {});
  one.run();
  other.run();
  EXPECT_EQ(recording.finished("io_context.execute", LOOPSCOPE_OUTCOME_OK), 7 + 11);
  recording.expect_consistent();
}
