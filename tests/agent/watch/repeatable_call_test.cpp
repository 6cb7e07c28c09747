// Code as compilers and libc write it, byte by byte, and what its system call is taken for.
#include "agent/watch/repeatable_call.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
namespace {

using loopscope::watch::repeatable_call_before;
using Code = std::vector<unsigned char>;

// Code in the middle of a page, where what stands in front of it may be read.
class Page {
 public:
  // The address behind the last byte.
  std::uintptr_t put(const Code& code) {
    std::copy(code.begin(), code.end(), bytes_ + kAt);
    return reinterpret_cast<std::uintptr_t>(bytes_ + kAt + code.size());
  }

 private:
  static constexpr int kAt = 1009;
  alignas(4096) unsigned char bytes_[4096]{};
};

Code joined(const std::vector<Code>& parts) {
  Code all;
  for (const Code& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

const Code kSystemCall{0x0f, 0x05};
const Code kCall{0xe8, 1, 2, 3, 4};
const Code kCallThroughTable{0xff, 0x15, 1, 2, 3, 4};
const Code kWrapper{0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, 0x4d,
                    0x89, 0xc2, 0x4d, 0x89, 0xc8, 0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05};

Code with_number(unsigned char move, std::uint32_t number) {
  return {move, static_cast<unsigned char>(number), static_cast<unsigned char>(number >> 8), 0, 0};
}
Code to_eax(std::uint32_t number) { return with_number(0xb8, number); }
Code to_edi(std::uint32_t number) { return with_number(0xbf, number); }

std::int64_t call_in(const Code& code) {
  Page page;
  return repeatable_call_before(page.put(code), 0);
}

// The call of a caller of libc's `syscall`.
std::int64_t call_by(const Code& caller) {
  Page callers, libc;
  const std::uintptr_t stack[] = {callers.put(caller)};
  return repeatable_call_before(libc.put(kWrapper), reinterpret_cast<std::uintptr_t>(stack));
}

TEST(RepeatableCall, IsReadInFrontOfTheInstruction) {
  EXPECT_EQ(call_in(joined({to_eax(SYS_nanosleep), kSystemCall})), SYS_nanosleep);
  EXPECT_EQ(call_in(joined({to_eax(SYS_futex), {0x41, 0x89, 0xf0}, kSystemCall})), SYS_futex);
}

TEST(RepeatableCall, IsNoneWhereTheCallMayNotBeMadeAgain) {
  EXPECT_EQ(call_in(joined({to_eax(SYS_write), kSystemCall})), -1);
  EXPECT_EQ(call_by(joined({to_edi(SYS_write), kCall})), -1);
}

TEST(RepeatableCall, IsNoneBehindAnythingElse) {
  EXPECT_EQ(call_in(joined({to_eax(SYS_nanosleep), {0x90, 0x90}})), -1);
  EXPECT_EQ(call_in(kSystemCall), -1);
}

TEST(RepeatableCall, OfTheWrapperIsItsCallersFirstArgument) {
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), kCall})), SYS_nanosleep);
  EXPECT_EQ(call_by(joined({to_edi(SYS_futex), kCallThroughTable})), SYS_futex);
}

TEST(RepeatableCall, OfTheWrapperIsFoundInFrontOfTheOtherArguments) {
  const Code six_more = joined({{0x48, 0x83, 0xec, 0x08},        // sub $8,%rsp
                                to_edi(SYS_futex),               //
                                {0x45, 0x31, 0xc9},              // xor %r9d,%r9d
                                {0x4c, 0x8d, 0x44, 0x24, 0x10},  // lea 0x10(%rsp),%r8
                                {0xb9, 1, 0, 0, 0},              // mov $1,%ecx
                                {0xba, 0x80, 0, 0, 0},           // mov $0x80,%edx
                                {0x48, 0x8b, 0x35, 1, 2, 3, 4},  // mov 0x4030201(%rip),%rsi
                                {0x6a, 0x00},                    // push $0
                                {0x31, 0xc0},                    // xor %eax,%eax
                                {0x50},                          // push %rax
                                kCall});
  EXPECT_EQ(call_by(six_more), SYS_futex);
}

TEST(RepeatableCall, OfTheWrapperIsNoneWhereTheNumberIsNoConstant) {
  EXPECT_EQ(call_by(joined({{0x89, 0xdf}, kCall})), -1);                         // mov %ebx,%edi
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), {0x89, 0xdf}, kCall})), -1);  // and behind a constant
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), {0x8b, 0x7b, 0x08}, kCall})), -1);  // mov 8(%rbx),%edi
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), {0x31, 0xff}, kCall})), -1);        // xor %edi,%edi
  EXPECT_EQ(call_by(joined({{0x41}, to_edi(SYS_nanosleep), kCall})), -1);              // mov to r15d
}

TEST(RepeatableCall, OfTheWrapperIsNoneAcrossAnotherCallOrWhatIsNotKnown) {
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), kCall, {0x89, 0xc6}, kCall})), -1);
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), {0x75, 0x02}, kCall})), -1);  // a jump
  EXPECT_EQ(call_by(joined({to_edi(SYS_nanosleep), {0xff, 0xd0}})), -1);         // call *%rax
}

TEST(RepeatableCall, ReadsNothingInFrontOfThePage) {
  alignas(4096) unsigned char bytes[4096]{};
  bytes[0] = 0x0f;
  bytes[1] = 0x05;
  EXPECT_EQ(repeatable_call_before(reinterpret_cast<std::uintptr_t>(bytes), 0), -1);
  EXPECT_EQ(repeatable_call_before(reinterpret_cast<std::uintptr_t>(bytes + 2), 0), -1);
}

}  // namespace
#endif
