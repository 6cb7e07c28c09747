#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "viewer/detect/limits.h"

namespace loopscope::detect {
namespace {

using ::testing::HasSubstr;

TEST(Limits, AreSetByName) {
  const auto limits = with_limit(Limits{}, "lag-p99-ms=2.5");
  ASSERT_TRUE(limits.ok());
  EXPECT_EQ(limits->lag_p99_ms, 2.5);
  EXPECT_EQ(limits->lag_max_ms, Limits{}.lag_max_ms);
}

TEST(Limits, ListTheirNamesWhenOneIsUnknown) {
  const auto limits = with_limit(Limits{}, "lag-p98-ms=2");
  ASSERT_FALSE(limits.ok());
  EXPECT_THAT(limits.error().text(), HasSubstr("no limit \"lag-p98-ms\""));
  for (const LimitInfo& limit : all_limits())
    EXPECT_THAT(limits.error().hint, HasSubstr(std::string(limit.name)));
}

TEST(Limits, RefuseWhatIsNoNumberInRange) {
  for (const char* setting :
       {"lag-p99-ms", "lag-p99-ms=", "lag-p99-ms=x", "lag-p99-ms=5ms", "lag-p99-ms=-1", "lag-p99-ms=nan",
        "lag-p99-ms=inf", "young-share=101", "leak-tasks=0", "=3", ""}) {
    EXPECT_FALSE(with_limit(Limits{}, setting).ok()) << setting;
  }
}

TEST(Limits, EachHaveANameAMeaningAReasonAndAPermittedDefault) {
  std::set<std::string_view> names;
  for (const LimitInfo& limit : all_limits()) {
    EXPECT_TRUE(names.insert(limit.name).second) << limit.name;
    EXPECT_FALSE(limit.meaning.empty()) << limit.name;
    EXPECT_FALSE(limit.why.empty()) << limit.name;
    EXPECT_GE(Limits{}.*limit.value, limit.least) << limit.name;
    EXPECT_LE(Limits{}.*limit.value, limit.most) << limit.name;
  }
  EXPECT_EQ(names.size() * sizeof(double), sizeof(Limits)) << "every limit can be set";
}

}  // namespace
}  // namespace loopscope::detect
