// The worked example of FORMAT.md is a trace: its hex is taken from the document and read.
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "proto/trace.pb.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/read_trace.h"

namespace loopscope {
namespace {

std::string document() {
  std::ifstream file(LOOPSCOPE_FORMAT_DOCUMENT);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Bytes of the block fenced by ```hex; everything behind a '|' is remark.
std::string example_bytes() {
  std::istringstream lines(document());
  std::string bytes;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```hex") {
      inside = true;
      continue;
    }
    if (line == "```") inside = false;
    if (!inside) continue;
    std::istringstream digits(line.substr(0, line.find('|')));
    for (std::string pair; digits >> pair;) bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
  }
  return bytes;
}

TEST(FormatDocument, HoldsAnExampleThatLibprotobufReads) {
  Trace trace;
  ASSERT_TRUE(trace.ParseFromString(example_bytes()));
  ASSERT_EQ(trace.packet_size(), 4);
  EXPECT_TRUE(trace.packet(0).has_process());
  EXPECT_EQ(trace.packet(3).batch().events(), 4u);
  EXPECT_EQ(trace.packet(3).sequence(), 4u);
}

TEST(FormatDocument, HoldsAnExampleThatTheReaderReadsAsTheTextSays) {
  const std::string bytes = example_bytes();
  const Result<trace::ReadTrace> read = trace::read_trace({std::as_bytes(std::span(bytes))}, {});
  ASSERT_TRUE(read.ok()) << read.error().text();
  const model::Trace& trace = read->trace;
  EXPECT_EQ(trace.integrity.damaged_packets, 0u);
  EXPECT_EQ(trace.process.pid, 4711u);
  ASSERT_EQ(trace.tasks.size(), 1u);
  EXPECT_EQ(trace.tasks.id(0), 23u);
  EXPECT_EQ(trace.tasks.created(0), 7);
  EXPECT_EQ(trace.tasks.run_ns(0), 101);
  EXPECT_EQ(trace.tasks.finished(0), 7 + 300 + 101 + 2);
  EXPECT_EQ(trace.sites[trace.tasks.site(0)].kind, "work");
}

TEST(FormatDocument, ListsTheColumnsOfEveryKind) {
  const std::string text = document();
  for (int kind = 1; kind < EventKind_ARRAYSIZE; ++kind) {
    const trace::ColumnUse& use = trace::kColumnUse[static_cast<std::size_t>(kind)];
    std::string row = "| " + std::to_string(kind) + " | `" + EventKind_Name(kind) + "` |";
    for (const int fields :
         {+use.time, +use.created, +use.task, +use.parent, +use.site, +use.values, +use.numbers}) {
      row += fields == 0 ? "   |" : " " + std::to_string(fields) + " |";
    }
    EXPECT_NE(text.find(row), std::string::npos) << "FORMAT.md lacks the row\n" << row;
  }
}

}  // namespace
}  // namespace loopscope
