// What one test of an adapter recorded: a recording of the double from construction to destruction, and its questions by
// kind.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/agent/libuv/fake_loopscope.h"

class Recording {
 public:
  Recording() { fake::start(); }
  ~Recording() { fake::stop(); }

  int count(fake::What what, const std::string& kind) const {
    int found = 0;
    for (const auto& event : fake::events()) found += event.what == what && event.kind == kind;
    return found;
  }
  int created(const std::string& kind) const { return count(fake::What::created, kind); }
  int finished(const std::string& kind) const { return count(fake::What::finished, kind); }
  int spans(const std::string& kind) const { return count(fake::What::span_begin, kind); }
  int finished(const std::string& kind, loopscope_outcome outcome) const {
    int found = 0;
    for (const auto& event : fake::events()) {
      found += event.what == fake::What::finished && event.kind == kind && event.outcome == outcome;
    }
    return found;
  }
  // Created and not finished, of this recording, in order.
  std::vector<std::string> pending() const {
    std::vector<std::string> kinds;
    const auto events = fake::events();
    for (const auto& event : events) {
      if (event.what != fake::What::created) continue;
      bool over = false;
      for (const auto& other : events) over |= other.what == fake::What::finished && other.id == event.id;
      if (!over) kinds.push_back(event.kind);
    }
    return kinds;
  }
  fake::Event first(fake::What what, const std::string& kind) const {
    for (const auto& event : fake::events()) {
      if (event.what == what && event.kind == kind) return event;
    }
    ADD_FAILURE() << "no such event of " << kind;
    return {};
  }
  // What was told of each task of a kind, in the order of telling; those of which nothing was told do not count.
  std::vector<std::int64_t> bytes(const std::string& kind) const {
    std::vector<std::int64_t> told;
    for (const auto& event : fake::events()) {
      if (event.what == fake::What::bytes && event.kind == kind) told.push_back(event.code);
    }
    return told;
  }
  // "created span_begin span_end finished" of one kind, in order.
  std::string story(const std::string& kind) const {
    static const char* const kWords[] = {"created", "ready", "due", "begin", "end", "finished", "cancel"};
    std::string words;
    for (const auto& event : fake::events()) {
      if (event.kind != kind || event.what > fake::What::cancel_requested) continue;
      if (!words.empty()) words += ' ';
      words += kWords[static_cast<int>(event.what)];
    }
    return words;
  }
  // Every task begins and ends its spans in pairs, finishes at most once, and never does anything afterwards.
  void expect_consistent() const {
    std::set<uint64_t> finished;
    std::map<uint64_t, int> open;
    for (const auto& event : fake::events()) {
      if (event.what > fake::What::cancel_requested) continue;
      EXPECT_FALSE(finished.count(event.id)) << event.kind << " after its end";
      if (event.what == fake::What::span_begin) ++open[event.id];
      if (event.what == fake::What::span_end) {
        --open[event.id];
        EXPECT_GE(open[event.id], 0) << event.kind;
      }
      if (event.what == fake::What::finished) {
        EXPECT_EQ(open[event.id], 0) << event.kind << " finished inside its span";
        finished.insert(event.id);
      }
    }
  }
};
