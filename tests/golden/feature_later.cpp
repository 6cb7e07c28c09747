// Traces of schemas that are yet to come.
#include "tests/golden/features.h"

namespace loopscope::golden {

using namespace testing;

namespace {

// Fields of every wire type that nobody knows, in front of whoever reads on.
void add_unknown(google::protobuf::Message& message) {
  google::protobuf::UnknownFieldSet& unknown = *message.GetReflection()->MutableUnknownFields(&message);
  unknown.AddVarint(1001, 1'000'003);
  unknown.AddFixed32(1002, 101);
  unknown.AddFixed64(1003, 103);
  unknown.AddLengthDelimited(1004, "of a later version");
}

}  // namespace

// Unknown packets, fields in known ones, events, columns and enum values: all passed over.
std::string later_minor() {
  TraceWriter trace = TraceWriter::empty();
  Process process;
  process.set_format_version(1);
  process.set_agent_version("9.1");
  process.set_pid(4711);
  process.mutable_clock()->set_source(static_cast<Clock::Source>(7));
  process.mutable_clock()->set_rule(static_cast<Clock::Rule>(7));
  process.mutable_clock()->set_ticks_per_second(1'000'000'000);
  add_unknown(*process.mutable_clock());
  add_unknown(process);
  trace.process(process);
  trace.anchor(1000, 5'000'000);

  Packet unknown;
  add_unknown(unknown);
  trace.packet(unknown);

  Definitions definitions;
  InternedString& string = *definitions.add_strings();
  string.set_id(1);
  string.set_text("work");
  add_unknown(string);
  Site& site = *definitions.add_sites();
  site.set_id(1);
  site.set_kind_string(1);
  site.set_flags(1u << 13);
  add_unknown(site);
  add_unknown(definitions);
  trace.define(definitions);

  constexpr auto kLaterKind = static_cast<EventKind>(77);
  Batch batch = encode_batch(1, 1, ms(1), {},
                             {task_created(ms(1), 1, 1),
                              {.kind = kLaterKind},
                              span_begin(ms(2), 1),
                              {.kind = kLaterKind},
                              {.kind = kLaterKind},
                              span_end(ms(5)),
                              task_finished_with(ms(5), 1, static_cast<Outcome>(13))},
                             Packing::raw);
  Columns columns = unpack_columns(batch);
  columns.GetReflection()->MutableUnknownFields(&columns)->AddLengthDelimited(9, "\x01\x02\x03");
  pack_columns(batch, columns.SerializeAsString(), Packing::zstd);
  add_unknown(batch);
  Packet with_batch;
  *with_batch.mutable_batch() = batch;
  trace.packet(with_batch);

  // A codec that this reader does not have costs its batch, and is told.
  Batch packed = encode_batch(1, 2, ms(5), {}, {task_created(ms(7), 2, 1)}, Packing::raw);
  packed.set_codec(static_cast<Codec>(7));
  *with_batch.mutable_batch() = packed;
  trace.packet(with_batch);

  Packet loss;
  loss.mutable_loss()->set_reason(static_cast<Loss::Reason>(101));
  loss.mutable_loss()->set_events(3);
  add_unknown(*loss.mutable_loss());
  trace.packet(loss);
  Packet end;
  end.mutable_end()->set_reason(static_cast<End::Reason>(101));
  add_unknown(*end.mutable_end());
  return trace.packet(end).bytes();
}

// A format that would be misread is refused.
std::string later_major() {
  TraceWriter trace = TraceWriter::empty();
  Process process;
  process.set_format_version(2);
  process.set_agent_version("10.0");
  return trace.process(process).bytes();
}

}  // namespace loopscope::golden
