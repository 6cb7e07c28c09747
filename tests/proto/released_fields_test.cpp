// Old readers read new traces and new readers old ones: what was released stays. released_fields.txt is that
// list; this test compares it with the schema as compiled.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proto/trace.pb.h"

namespace loopscope {
namespace {

namespace pb = google::protobuf;

void list_enum(const pb::EnumDescriptor& type, std::vector<std::string>& lines) {
  for (int i = 0; i < type.value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *type.value(i);
    lines.push_back("enum " + type.full_name() + "." + value.name() + " = " + std::to_string(value.number()));
  }
}

std::string type_of(const pb::FieldDescriptor& field) {
  if (field.type() == pb::FieldDescriptor::TYPE_MESSAGE) return field.message_type()->full_name();
  if (field.type() == pb::FieldDescriptor::TYPE_ENUM) return field.enum_type()->full_name();
  return field.type_name();
}

void list_message(const pb::Descriptor& message, std::vector<std::string>& lines) {
  for (int i = 0; i < message.field_count(); ++i) {
    const pb::FieldDescriptor& field = *message.field(i);
    std::string line = "field " + message.full_name() + "." + field.name() + " = " +
                       std::to_string(field.number()) + " " + type_of(field);
    line += field.is_repeated() ? " repeated" : " single";
    if (field.is_packed()) line += " packed";
    if (field.containing_oneof() != nullptr) line += " of " + field.containing_oneof()->name();
    lines.push_back(std::move(line));
  }
  for (int i = 0; i < message.nested_type_count(); ++i) list_message(*message.nested_type(i), lines);
  for (int i = 0; i < message.enum_type_count(); ++i) list_enum(*message.enum_type(i), lines);
}

std::vector<std::string> schema() {
  std::vector<std::string> lines;
  const pb::FileDescriptor& file = *Trace::descriptor()->file();
  for (int i = 0; i < file.message_type_count(); ++i) list_message(*file.message_type(i), lines);
  for (int i = 0; i < file.enum_type_count(); ++i) list_enum(*file.enum_type(i), lines);
  return lines;
}

std::vector<std::string> released() {
  std::vector<std::string> lines;
  std::ifstream file(LOOPSCOPE_RELEASED_FIELDS);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

TEST(ReleasedFields, AreStillInTheSchemaAsTheyWere) {
  const std::vector<std::string> now = schema();
  const std::set<std::string> present(now.begin(), now.end());
  ASSERT_FALSE(released().empty()) << LOOPSCOPE_RELEASED_FIELDS;
  for (const std::string& line : released()) {
    EXPECT_TRUE(present.contains(line))
        << "released, but removed, renumbered or retyped since: " << line
        << "\nTraces with it exist. Put it back; give what is new a new name and number.";
  }
}

TEST(ReleasedFields, ListEverythingThatTheSchemaHas) {
  const std::vector<std::string> old = released();
  const std::set<std::string> listed(old.begin(), old.end());
  std::vector<std::string> added;
  for (const std::string& line : schema()) {
    if (!listed.contains(line)) added.push_back(line);
  }
  if (!added.empty() && std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(LOOPSCOPE_RELEASED_FIELDS, std::ios::app);
    for (const std::string& line : added) file << line << '\n';
    ASSERT_TRUE(file.flush().good());
    return;
  }
  std::string text;
  for (const std::string& line : added) text += "\n  " + line;
  EXPECT_TRUE(added.empty()) << "new in the schema:" << text
                             << "\nAdding is fine. Describe it in proto/FORMAT.md if it changes what an old "
                                "reader sees, then freeze it with\n  UPDATE_GOLDEN=1 ctest -R ReleasedFields";
}

}  // namespace
}  // namespace loopscope
