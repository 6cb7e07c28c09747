// Definitions packets to tables, tables to the model.
#include "viewer/trace/definitions.h"

#include <algorithm>
#include <cstring>
#include <protozero/pbf_reader.hpp>
#include <unordered_map>

#include "viewer/trace/fields.h"
#include "viewer/trace/message.h"

namespace loopscope::trace {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::uint32_t narrow(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

// Puts `entry` where its number already stands, else at the end.
template <class Entry>
void put(std::vector<Entry>& entries, IdMap& index, std::uint64_t id, Entry entry) {
  const std::uint32_t known = index.find(id);
  if (known != IdMap::kNone) {
    entries[known] = std::move(entry);
    return;
  }
  index.set(id, narrow(entries.size()));
  entries.push_back(std::move(entry));
}

}  // namespace

void Definitions::read(std::string_view definitions) {
  for_each_field(
      definitions, [](std::uint32_t, std::uint64_t) {},
      [&](pbf_reader& reader) {
        if (!is_bytes(reader)) return false;
        switch (reader.tag()) {
          case field::definitions::strings: read_string(view_of(reader)); return true;
          case field::definitions::sites: read_site(view_of(reader)); return true;
          case field::definitions::loops: read_loop(view_of(reader)); return true;
          case field::definitions::threads: read_thread(view_of(reader)); return true;
          case field::definitions::modules: read_module(view_of(reader)); return true;
          case field::definitions::gauges: read_gauge(view_of(reader)); return true;
          default: return false;
        }
      });
}

void Definitions::read_string(std::string_view message) {
  std::uint64_t id = 0;
  std::string_view text;
  for_each_field(
      message, [&](std::uint32_t tag, std::uint64_t value) { id = tag == field::string::id ? value : id; },
      [&](pbf_reader& reader) {
        if (reader.tag() != field::string::text || !is_bytes(reader)) return false;
        text = view_of(reader);
        return true;
      });
  if (id != 0) put(strings_, string_index_, id, std::string(text.substr(0, kMaxTextBytes)));
}

void Definitions::read_site(std::string_view message) {
  RawSite site;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::site::id: site.id = narrow(value); break;
          case field::site::kind_string: site.kind = narrow(value); break;
          case field::site::flags: site.flags = narrow(value); break;
          case field::site::name_string: site.name = narrow(value); break;
          case field::site::file_string: site.file = narrow(value); break;
          case field::site::function_string: site.function = narrow(value); break;
          case field::site::line: site.line = narrow(value); break;
          case field::site::frames_truncated: site.truncated = value != 0; break;
          default: break;
        }
      },
      [&](pbf_reader& reader) {
        if (reader.tag() != field::site::frames || !is_bytes(reader)) return false;
        site.frames = view_of(reader);
        return true;
      });
  if (site.id != 0) put(sites_, site_index_, site.id, site);
}

void Definitions::read_loop(std::string_view message) {
  RawLoop loop;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::loop::id: loop.id = narrow(value); break;
          case field::loop::kind_string: loop.kind = narrow(value); break;
          case field::loop::name_string: loop.name = narrow(value); break;
          case field::loop::thread: loop.thread = narrow(value); break;
          default: break;
        }
      },
      [](pbf_reader&) { return false; });
  const bool fits = loops_.size() < kMaxLoops || loop_index_.find(loop.id) != IdMap::kNone;
  if (loop.id != 0 && fits) put(loops_, loop_index_, loop.id, loop);
}

void Definitions::read_thread(std::string_view message) {
  model::Thread thread;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        if (tag == field::thread::id) thread.id = narrow(value);
        if (tag == field::thread::tid) thread.tid = narrow(value);
      },
      [&](pbf_reader& reader) {
        if (reader.tag() != field::thread::name || !is_bytes(reader)) return false;
        thread.name = view_of(reader);
        return true;
      });
  const std::uint32_t id = thread.id;
  if (id != 0) put(threads_, thread_index_, id, std::move(thread));
}

void Definitions::read_module(std::string_view message) {
  model::Module module;
  std::uint64_t id = 0;
  for_each_field(
      message, [&](std::uint32_t tag, std::uint64_t value) { id = tag == field::module::id ? value : id; },
      [&](pbf_reader& reader) {
        if (is_bytes(reader)) {
          if (reader.tag() == field::module::path) {
            module.path = view_of(reader);
          } else if (reader.tag() == field::module::build_id) {
            module.build_id = hex(view_of(reader));
          } else {
            return false;
          }
          return true;
        }
        if (reader.wire_type() != pbf_wire_type::fixed64) return false;
        const std::uint32_t tag = reader.tag();
        const std::uint64_t value = reader.get_fixed64();
        if (tag == field::module::start) module.start = value;
        if (tag == field::module::end) module.end = value;
        if (tag == field::module::load_bias) module.load_bias = value;
        return true;
      });
  if (id != 0) put(modules_, module_index_, id, std::move(module));
}

void Definitions::read_gauge(std::string_view message) {
  RawGauge gauge;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        if (tag == field::gauge::id) gauge.id = narrow(value);
        if (tag == field::gauge::name_string) gauge.name = narrow(value);
        if (tag == field::gauge::unit_string) gauge.unit = narrow(value);
      },
      [](pbf_reader&) { return false; });
  if (gauge.id != 0) put(gauges_, gauge_index_, gauge.id, gauge);
}

const std::string& Definitions::text(std::uint64_t string) const {
  const std::uint32_t index = string_index_.find(string);
  return index == IdMap::kNone ? strings_.front() : strings_[index];
}

std::string Definitions::merge_key(const RawSite& raw) const {
  std::string key = text(raw.kind);
  for (const std::uint32_t string : {raw.name, raw.file, raw.function}) {
    key += '\0';
    key += text(string);
  }
  key += '\0';
  for (const std::uint32_t number : {raw.line, raw.flags, std::uint32_t{raw.truncated}}) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  key += raw.frames;
  return key;
}

model::Site Definitions::made(const RawSite& raw) const {
  model::Site site;
  site.id = raw.id;
  site.kind = text(raw.kind);
  site.name = text(raw.name);
  site.flags = raw.flags;
  site.stack_truncated = raw.truncated;
  if (raw.file != 0 || raw.function != 0) {
    model::Frame frame;
    frame.function = text(raw.function);
    frame.file = text(raw.file);
    frame.line = raw.line;
    site.stack.push_back(std::move(frame));
  }
  for (std::size_t at = 0; at + 8 <= raw.frames.size(); at += 8) {
    model::Frame frame;
    for (std::size_t i = 8; i-- > 0;) {
      frame.address = frame.address << 8 | static_cast<unsigned char>(raw.frames[at + i]);
    }
    site.stack.push_back(std::move(frame));
  }
  return site;
}

bool Definitions::build(model::Trace& trace, std::uint64_t& budget_bytes) {
  trace.sites.assign(1, {});
  std::unordered_map<std::string, std::uint32_t> merged;
  for (const RawSite& raw : sites_) {
    const std::string key = merge_key(raw);
    const std::uint64_t weight =
        sizeof(model::Site) + 2 * key.size() + raw.frames.size() / 8 * sizeof(model::Frame);
    if (weight > budget_bytes || trace.sites.size() > model::TaskTable::kMaxSite) return false;
    const auto [found, added] = merged.emplace(key, narrow(trace.sites.size()));
    if (added) {
      budget_bytes -= weight;
      trace.sites.push_back(made(raw));
    }
    site_index_.set(raw.id, found->second);
  }
  trace.threads = std::move(threads_);
  trace.modules = std::move(modules_);
  trace.loops.clear();
  for (const RawLoop& raw : loops_) {
    model::Loop& loop = trace.loops.emplace_back();
    loop.id = raw.id;
    loop.kind = text(raw.kind);
    loop.name = text(raw.name);
    const std::uint32_t thread = thread_index_.find(raw.thread);
    if (thread == IdMap::kNone) continue;
    loop.thread = trace.threads[thread].name;
    loop.tid = trace.threads[thread].tid;
  }
  trace.gauges.clear();
  for (const RawGauge& raw : gauges_) {
    model::GaugeSeries& gauge = trace.gauges.emplace_back();
    gauge.name = text(raw.name);
    gauge.unit = text(raw.unit);
  }
  return true;
}

model::LoopIndex Definitions::loop(std::uint64_t id, model::Trace& trace) {
  const std::uint32_t known = loop_index_.find(id);
  if (known != IdMap::kNone) return known;
  if (trace.loops.size() >= kMaxLoops) return kMaxLoops - 1;
  const std::uint32_t added = narrow(trace.loops.size());
  trace.loops.emplace_back().id = narrow(id);
  loop_index_.set(id, added);
  return added;
}

std::uint32_t Definitions::thread(std::uint64_t id, model::Trace& trace) {
  const std::uint32_t known = thread_index_.find(id);
  if (known != IdMap::kNone) return known;
  const std::uint32_t added = narrow(trace.threads.size());
  trace.threads.push_back({narrow(id), 0, "", 0});
  thread_index_.set(id, added);
  return added;
}

std::uint32_t Definitions::gauge(std::uint64_t id, model::Trace& trace) {
  const std::uint32_t known = gauge_index_.find(id);
  if (known != IdMap::kNone) return known;
  const std::uint32_t added = narrow(trace.gauges.size());
  trace.gauges.emplace_back();
  gauge_index_.set(id, added);
  return added;
}

}  // namespace loopscope::trace
