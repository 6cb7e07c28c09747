// The golden traces together hold every field of the schema and every value of its enums: what a version wrote
// can be read by all later ones only if some trace of it is kept.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/golden/packets.h"
#include "tests/support/trace_writer.h"

namespace loopscope::golden {
namespace {

namespace pb = google::protobuf;

// Full names of fields that some trace sets, and of enum values.
class Coverage {
 public:
  Coverage() {
    for (const auto& entry : std::filesystem::directory_iterator(LOOPSCOPE_GOLDEN_DIR)) {
      if (entry.path().extension() != ".pb") continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      for (const Packet& packet : packets_in(bytes.str())) note(packet);
    }
    // Each of them was a packet of a Trace.
    seen_.insert(Trace::descriptor()->FindFieldByName("packet")->full_name());
  }

  bool has(const std::string& full_name) const { return seen_.contains(full_name); }

 private:
  void note(const pb::Message& message) {
    const pb::Reflection& reflection = *message.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const pb::FieldDescriptor* field : fields) {
      seen_.insert(field->full_name());
      if (field->enum_type() != nullptr)
        note_value(*field->enum_type(), reflection.GetEnumValue(message, field));
      if (field->message_type() == nullptr) continue;
      if (!field->is_repeated()) {
        note(reflection.GetMessage(message, field));
      } else {
        for (int i = 0; i < reflection.FieldSize(message, field); ++i)
          note(reflection.GetRepeatedMessage(message, field, i));
      }
    }
    if (const auto* batch = dynamic_cast<const Batch*>(&message)) note_columns(*batch);
    if (const auto* site = dynamic_cast<const Site*>(&message)) note_flags(*site);
  }

  void note_value(const pb::EnumDescriptor& type, int number) {
    if (const pb::EnumValueDescriptor* value = type.FindValueByNumber(number))
      seen_.insert(value->full_name());
  }

  // Packed into bytes and numbers, which no descriptor says.
  void note_columns(const Batch& batch) {
    if (!Codec_IsValid(batch.codec())) return;
    note_value(*Codec_descriptor(), batch.codec());
    const Columns columns = testing::unpack_columns(batch);
    note(columns);
    for (const char kind : columns.kinds())
      note_value(*EventKind_descriptor(), static_cast<unsigned char>(kind));
    note_outcomes(columns);
  }

  // Of batches that hold no other kind with values.
  void note_outcomes(const Columns& columns) {
    int at = 0;
    for (const char kind : columns.kinds()) {
      switch (static_cast<unsigned char>(kind)) {
        case TASK_CREATED:
        case SPAN_BEGIN:
        case SPAN_END:
        case TASK_FINISHED: break;
        case TASK_FINISHED_WITH:
          if (at >= columns.values_size()) return;
          note_value(*Outcome_descriptor(), static_cast<int>(columns.values(at)));
          at += 3;
          break;
        default: return;
      }
    }
  }

  void note_flags(const Site& site) {
    for (std::uint32_t bit = 1; bit != 0; bit <<= 1)
      if ((site.flags() & bit) != 0) note_value(*Site::Flag_descriptor(), static_cast<int>(bit));
  }

  std::set<std::string> seen_;
};

struct Schema {
  std::vector<std::string> fields;
  std::vector<std::string> values;

  Schema() {
    const pb::FileDescriptor& file = *Trace::descriptor()->file();
    for (int i = 0; i < file.message_type_count(); ++i) add(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) add(*file.enum_type(i));
  }

 private:
  void add(const pb::Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) fields.push_back(message.field(i)->full_name());
    for (int i = 0; i < message.nested_type_count(); ++i) add(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) add(*message.enum_type(i));
  }
  // 0 says that nothing is said, but for the codec.
  void add(const pb::EnumDescriptor& type) {
    for (int i = 0; i < type.value_count(); ++i)
      if (type.value(i)->number() != 0 || &type == Codec_descriptor())
        values.push_back(type.value(i)->full_name());
  }
};

// Fields that no trace can hold, each with its reason.
const std::set<std::string> kNeverWritten = {};

TEST(SchemaCoverage, OfTheGoldenTracesIsEveryField) {
  const Coverage coverage;
  for (const std::string& field : Schema().fields) {
    EXPECT_NE(coverage.has(field), kNeverWritten.contains(field))
        << field << ": no golden trace sets it. Make one of its feature in tests/golden.";
  }
}

TEST(SchemaCoverage, OfTheGoldenTracesIsEveryValueOfEveryEnum) {
  const Coverage coverage;
  for (const std::string& value : Schema().values)
    EXPECT_TRUE(coverage.has(value)) << value << ": in no golden trace. Make one in tests/golden.";
}

}  // namespace
}  // namespace loopscope::golden
